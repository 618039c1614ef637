import { ConflictError, UpstreamError } from '../../../../shared/errors';
import { noCounts } from '../../../../shared/model/run';
import type { RunState } from '../../../../shared/model/run';
import { dueIndex } from '../../../../shared/store/due';
import { readTenantRun, writeTenantRun } from '../../../../shared/store/tenantRuns';
import { tenantRegistry } from '../../../../shared/store/tenants';
import { readRequestedTenant, requestRun } from '../../../../shared/sync/run/requestedRun';
import type { TenantOutcome } from '../../../../shared/sync/run/tenantRun';
import { virtualClock } from '../../../support/inProcessRelay';
import { memoryTable } from '../../../support/memoryTable';
import { plainTenant, tenantIdOf } from '../../../support/plainTenant';

const tenantId = tenantIdOf(1);
const startMs = 1_795_161_600_000;

const requests = () => {
  const incidents = memoryTable();
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  let ids = 0;
  const deps = { incidents, clock, randomId: () => `random${(ids += 1).toString().padStart(6, '0')}` };
  const end = async (runId: string, state: RunState): Promise<void> => {
    const run = (await readTenantRun(tenantId, incidents, runId))!;
    await writeTenantRun(incidents, { ...run, state });
  };
  return { deps, incidents, clock, end, request: (of = tenantId) => requestRun(deps, of) };
};

describe('asking for a run', () => {
  test('enters it as queued under an id that tells when', async () => {
    const { request, incidents } = requests();
    expect(await request()).toEqual({ runId: `${startMs}-random000001`, state: 'queued', isNew: true });
    expect(await readTenantRun(tenantId, incidents, `${startMs}-random000001`)).toEqual({
      runId: `${startMs}-random000001`,
      tenantId,
      state: 'queued',
      startedAt: '2026-11-20T08:00:00.000Z',
      seconds: 0,
      counts: noCounts,
      code: null,
      reason: null,
    });
  });

  test('twice finds the run that is queued or running', async () => {
    const { request, end } = requests();
    const first = await request();
    expect(await request()).toEqual({ ...first, isNew: false });
    await end(first.runId, 'running');
    expect(await request()).toEqual({ runId: first.runId, state: 'running', isNew: false });
  });

  test.each<RunState>(['succeeded', 'partial', 'failed'])('after one that %s enters a new one', async (state) => {
    const { request, end } = requests();
    const first = await request();
    await end(first.runId, state);
    const second = await request();
    expect(second).toMatchObject({ state: 'queued', isNew: true });
    expect(second.runId).not.toBe(first.runId);
    expect(await request()).toEqual({ ...second, isNew: false });
  });

  test('after ten minutes without an end gives the old one up', async () => {
    const { request, clock } = requests();
    const first = await request();
    clock.advance(599_999);
    expect((await request()).runId).toBe(first.runId);
    clock.advance(1);
    expect((await request()).isNew).toBe(true);
  });

  test('of another tenant is another run', async () => {
    const { request } = requests();
    expect((await request()).runId).not.toBe((await request(tenantIdOf(2))).runId);
  });

  test('at the same moment gives all one run, and one of them starts it', async () => {
    const { request } = requests();
    const all = await Promise.all(Array.from({ length: 16 }, () => request()));
    expect(new Set(all.map(({ runId }) => runId)).size).toBe(1);
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
  });
});

const complete: TenantOutcome = { state: 'complete', counts: noCounts, code: undefined, againAtMs: undefined };

describe('carrying a requested run out', () => {
  const runId = `${startMs}-random000001`;
  const carryOut = async (read: () => Promise<TenantOutcome>, registered = true) => {
    const incidents = memoryTable();
    const index = memoryTable();
    const registry = tenantRegistry(memoryTable());
    if (registered) await registry.put(plainTenant(tenantId));
    const seen: (string | undefined)[] = [];
    const pauses: number[] = [];
    const deps = {
      registry,
      incidents,
      due: dueIndex(index),
      pause: (ms: number) => Promise.resolve(void pauses.push(ms)),
      read: async () => {
        seen.push((await readTenantRun(tenantId, incidents, runId))?.state);
        return read();
      },
    };
    const result = await readRequestedTenant(deps, { tenantId, runId }).catch((error: unknown) => ({ error }));
    const run = await readTenantRun(tenantId, incidents, runId);
    return { result, run, seen, pauses, due: index.rows().map(({ rowKey }) => rowKey) };
  };

  test('shows it as running while it reads', async () => {
    const { result, seen, due } = await carryOut(() => Promise.resolve(complete));
    expect(result).toEqual({ state: 'complete' });
    expect(seen).toEqual(['running']);
    expect(due).toEqual([]);
  });

  test('of a tenant that is gone reads and writes nothing', async () => {
    const { result, run, seen } = await carryOut(() => Promise.resolve(complete), false);
    expect([result, run, seen]).toEqual([{ state: 'gone' }, undefined, []]);
  });

  const busy: TenantOutcome = { ...complete, state: 'busy', againAtMs: startMs + 15_000 };

  test('that meets another run waits for its end', async () => {
    const outcomes = [busy, busy, complete];
    const { result, seen, pauses, due } = await carryOut(() => Promise.resolve(outcomes.shift()!));
    expect(result).toEqual({ state: 'complete' });
    expect(seen).toEqual(['running', 'running', 'running']);
    expect(pauses).toEqual([500, 1_000]);
    expect(due).toEqual([]);
  });

  test('that meets another run for longer than a minute ends as partial, and the tenant is due again', async () => {
    const { result, run, pauses, due } = await carryOut(() => Promise.resolve(busy));
    expect(pauses.reduce((sum, ms) => sum + ms)).toBe(61_500);
    expect(result).toEqual({ state: 'busy' });
    expect(run).toMatchObject({ state: 'partial', code: null });
    expect(due).toEqual([`000${startMs + 15_000}_${tenantId}_sync`]);
  });

  test('that must wait ends as failed and says why', async () => {
    const { run } = await carryOut(() => Promise.resolve({ ...complete, state: 'waiting', againAtMs: startMs + 1 }));
    expect(run).toMatchObject({ state: 'failed', code: 'ERR_THROTTLED' });
  });

  test('that storage breaks off ends as failed with its code, and is tried again by its activity', async () => {
    const { result, run } = await carryOut(() => Promise.reject(new UpstreamError('503 of the table')));
    expect(result).toMatchObject({ error: { code: 'ERR_UPSTREAM' } });
    expect(run).toMatchObject({ state: 'failed', code: 'ERR_UPSTREAM', reason: '503 of the table' });
  });

  test('that a bug breaks off tells no more of it than that', async () => {
    const { result, run } = await carryOut(() => Promise.reject(new TypeError('x.secret is undefined')));
    expect(result).toMatchObject({ error: { message: 'x.secret is undefined' } });
    expect(run).toMatchObject({ state: 'failed', code: null, reason: 'The run broke off.' });
  });
});

test('a conflict that is none of ours rises', async () => {
  const { deps, incidents } = requests();
  const broken = { ...incidents, get: () => Promise.reject(new ConflictError('odd')) };
  await expect(requestRun({ ...deps, incidents: broken }, tenantId)).rejects.toBeInstanceOf(ConflictError);
});
