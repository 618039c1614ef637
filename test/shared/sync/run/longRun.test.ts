import { CallsSpent } from '../../../../shared/errors';
import { readState } from '../../../../shared/store/tenantState';
import { createHeardWaits } from '../../../../shared/sync/limits/heardWaits';
import type { RunWork, SyncDeps } from '../../../../shared/sync/run/tenantRun';
import { runTenant } from '../../../../shared/sync/run/tenantRun';
import type { InProcessOptions } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';

/** One tenant, and instances of the app that share nothing but its rows. */
const world = async (intercept: InProcessOptions['intercept'] = (_, pass) => pass()) => {
  const relay = await inProcessRelay({ seed: 5, incidents: 3, backend: 'defender', intercept });
  const { tenant, incidents, clock } = relay;
  let runs = 0;
  const run = (work: RunWork) => {
    const deps: SyncDeps = { ...relay.deps, waits: createHeardWaits(clock) };
    const runId = `${clock.now()}-run${(runs += 1).toString().padStart(9, '0')}`;
    return runTenant(deps, tenant, { runId, requested: false }, work);
  };
  return { ...relay, run, state: async () => (await readState(tenant.tenantId, incidents)).state };
};
const idle: RunWork = () => Promise.resolve('succeeded');

test('a run that finds nothing to write for minutes holds the tenant, and leaves word of its calls', async () => {
  const { run, clock, state } = await world();
  const others: string[] = [];
  await run(async ({ source }) => {
    for (let call = 1; call <= 6; call += 1) {
      await source.get('1');
      clock.advance(35_000);
      if (call >= 3) others.push((await run(idle)).state);
    }
    return 'succeeded';
  });
  expect(others).toEqual(['busy', 'busy', 'busy', 'busy']);
  expect((await state()).calls.minutes.reduce((sum, [, calls]) => sum + calls, 0)).toBe(6);
});

test('a run of two calls, however slow, writes the state row once', async () => {
  const { run, clock, incidents } = await world();
  await run(idle);
  const { singles, batches } = incidents.writes;
  await run(async ({ source }) => {
    for (let call = 1; call <= 2; call += 1) {
      await source.get('1');
      clock.advance(50_000);
    }
    return 'succeeded';
  });
  expect(incidents.writes).toEqual({ singles: singles + 1, batches });
});

test('a run that writes often enough, or is over soon, does not write for the lease’s sake alone', async () => {
  const { run, clock, incidents } = await world();
  await run(idle);
  const { singles } = incidents.writes;
  await run(async ({ source }) => {
    for (let call = 1; call <= 30; call += 1) {
      await source.get('1');
      clock.advance(1_000);
    }
    return 'succeeded';
  });
  // Once as it proves to be a long one, once at its end.
  expect(incidents.writes.singles - singles).toBe(2);
});

test('a run whose fence another has taken makes no further call and says that the tenant is busy', async () => {
  const { run, clock, calls, state } = await world();
  await run(idle);
  let called = 0;
  const outcome = await run(async ({ source }) => {
    for (let call = 1; call <= 2; call += 1) await source.get('1');
    called = calls.length;
    expect((await run(idle)).state).toBe('complete');
    clock.advance(1_000);
    await expect(source.get('1')).rejects.toBeInstanceOf(CallsSpent);
    await source.get('1');
    return 'succeeded';
  });
  expect(outcome).toMatchObject({ state: 'busy', code: undefined });
  expect(calls).toHaveLength(called);
  expect((await state()).lastRun).toMatchObject({ state: 'succeeded' });
});

test('of eight readers that begin at once two call before the lease is written', async () => {
  const owners: (string | undefined)[] = [];
  const ownerNow = (): string | undefined =>
    incidents.rows().find(({ rowKey }) => rowKey === 'state')?.leaseOwner as string | undefined;
  const { run, incidents } = await world((_, pass) => {
    owners.push(ownerNow());
    return pass();
  });
  await run(idle);
  await run(async ({ source }) => {
    await Promise.all(Array.from({ length: 8 }, () => source.get('1')));
    return 'succeeded';
  });
  const [first, second, ...others] = owners;
  expect([first, second]).toEqual([undefined, undefined]);
  expect(others).toHaveLength(6);
  expect(others.every((owner) => owner !== undefined)).toBe(true);
});
