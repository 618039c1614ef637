import { UpstreamError } from '../../../../shared/errors';
import { mustBeTime7 } from '../../../../shared/model/time7';
import type { IncomingAnswer, OutgoingRequest } from '../../../../shared/ports';
import { readAccess, writeWait } from '../../../../shared/store/access';
import { createHeardWaits } from '../../../../shared/sync/limits/heardWaits';
import type { RunRequest, RunWork, SyncDeps } from '../../../../shared/sync/run/tenantRun';
import { runTenant } from '../../../../shared/sync/run/tenantRun';
import { syncTenant } from '../../../../shared/sync/run/syncTenant';
import { inProcessRelay } from '../../../support/inProcessRelay';
import { memoryTable } from '../../../support/memoryTable';

const throttled = (seconds: number): IncomingAnswer => ({
  status: 429,
  headers: { date: 'Fri, 20 Nov 2026 08:00:00 GMT', 'retry-after': String(seconds) },
  body: '{}',
});
type Answer = (request: OutgoingRequest, pass: () => IncomingAnswer) => IncomingAnswer | Promise<IncomingAnswer>;

/** One tenant's rows, and instances of the app that share nothing else. */
const world = async () => {
  let answerBy: Answer = (_, pass) => pass();
  let runs = 0;
  const faults = { isDown: false, slowly: Promise.resolve() };
  const relay = await inProcessRelay({
    seed: 5,
    incidents: 30,
    intercept: (request, pass) => answerBy(request, pass),
    incidentsTable: (clock) => {
      const table = memoryTable(() => clock.now());
      const refuse = (): Promise<never> => Promise.reject(new UpstreamError('storage is away'));
      return {
        ...table,
        write: async (operation) => {
          const isAccess = operation.kind !== 'delete' && operation.row.rowKey === 'access';
          if (isAccess) await faults.slowly;
          return isAccess && faults.isDown ? refuse() : table.write(operation);
        },
      };
    },
  });
  const { tenant, incidents, clock } = relay;
  const request = (): RunRequest => ({
    runId: `${clock.now()}-run${(runs += 1).toString().padStart(9, '0')}`,
    requested: false,
  });
  const instance = (own: Partial<SyncDeps> = {}) => {
    const deps: SyncDeps = { ...relay.deps, waits: createHeardWaits(clock), ...own };
    return {
      sync: (requested = false) => syncTenant(deps, tenant, { ...request(), requested }),
      run: (work: RunWork) => runTenant(deps, tenant, request(), work),
    };
  };
  return {
    ...relay,
    faults,
    instance,
    answer: (next: Answer) => (answerBy = next),
    access: () => readAccess(tenant.tenantId, incidents),
    tellWait: (ms: number) => writeWait(tenant.tenantId, incidents, () => ms),
  };
};

/** An answer that comes when it is told to, and a promise of the question. */
const held = () => {
  let ask: () => void = () => undefined;
  let give: (answer: IncomingAnswer) => void = () => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const answer = new Promise<IncomingAnswer>((resolve) => (give = resolve));
  return { asked, give, by: (): Promise<IncomingAnswer> => (ask(), answer) };
};

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((go) => setImmediate(go));
};

describe('a wait told to one instance', () => {
  test('holds the others off, whatever shorter one another heard that was under way', async () => {
    const { instance, answer, clock, calls, access } = await world();
    const late = held();
    answer(late.by);
    const slow = instance().sync();
    await late.asked;
    answer(() => throttled(3600));
    expect(await instance().sync()).toMatchObject({ state: 'failed', code: 'ERR_THROTTLED' });
    late.give(throttled(5));
    await slow;
    expect(await access()).toMatchObject({ blockedUntil: '2026-11-20T09:00:00.000Z' });
    const before = calls.length;
    clock.advance(3_599_999);
    expect(await instance().sync(true)).toMatchObject({ state: 'waiting' });
    expect(calls).toHaveLength(before);
    clock.advance(1);
    answer((_, pass) => pass());
    expect(await instance().sync()).toMatchObject({ state: 'complete' });
  });

  test('is not ended by the success of a run that was under way', async () => {
    const { instance, answer, calls, access, tellWait } = await world();
    const late = held();
    let pass: () => IncomingAnswer = () => throttled(1);
    answer((_, passing) => {
      pass = passing;
      return late.by();
    });
    const slow = instance().sync();
    await late.asked;
    await tellWait(60_000);
    answer((_, passing) => passing());
    late.give(pass());
    expect(await slow).toMatchObject({ state: 'complete' });
    expect(await access()).toMatchObject({ state: 'granted', blockedUntil: '2026-11-20T08:01:00.000Z' });
    const before = calls.length;
    expect(await instance().sync()).toMatchObject({ state: 'waiting' });
    expect(calls).toHaveLength(before);
  });

  test('is in the row before the run that heard it is over', async () => {
    const { instance, answer, access } = await world();
    const late = held();
    answer(({ url }) => (url.includes('2026-01-01') ? late.by() : throttled(60)));
    const run = instance().run(async ({ source }) => {
      const other = source.listChanged({ from: mustBeTime7('2026-01-01T00:00:00.0000000Z', 'from') });
      await source.listChanged({ from: mustBeTime7('2026-02-01T00:00:00.0000000Z', 'from') }).catch(() => undefined);
      await other;
      return 'succeeded';
    });
    await late.asked;
    await turns();
    expect(await access()).toMatchObject({ blockedUntil: '2026-11-20T08:01:00.000Z' });
    late.give(throttled(5));
    expect(await run).toMatchObject({ code: 'ERR_THROTTLED' });
  });

  test('is told before the run that heard it is over', async () => {
    const { instance, answer, faults } = await world();
    await instance().sync();
    let goOn: () => void = () => undefined;
    faults.slowly = new Promise((resolve) => (goOn = resolve));
    answer(() => throttled(60));
    let isOver = false;
    const run = instance()
      .sync()
      .finally(() => (isOver = true));
    await turns();
    expect(isOver).toBe(false);
    goOn();
    expect(await run).toMatchObject({ code: 'ERR_THROTTLED' });
  });

  test('stops a run of another instance within ten seconds of standing in the row', async () => {
    const { instance, clock, tellWait } = await world();
    const calledAt: number[] = [];
    await instance().run(async ({ source }) => {
      for (let call = 0; call < 20; call += 1) {
        await source.get('1');
        calledAt.push(clock.elapsedMs());
        if (call === 2) await tellWait(600_000);
        clock.advance(3_000);
      }
      return 'succeeded';
    });
    expect(calledAt).toEqual([0, 3_000, 6_000, 9_000]);
  });

  test('that storage would not take is told at the next turn', async () => {
    const { instance, answer, clock, faults, access } = await world();
    await instance().sync();
    faults.isDown = true;
    answer(() => throttled(600));
    const app = instance();
    expect(await app.sync()).toMatchObject({ code: 'ERR_THROTTLED' });
    expect(await access()).toMatchObject({ blockedUntil: null });
    faults.isDown = false;
    clock.advance(60_000);
    expect(await app.sync()).toMatchObject({ state: 'waiting', againAtMs: clock.now() + 540_000 });
    expect(await access()).toMatchObject({ blockedUntil: '2026-11-20T08:10:00.000Z' });
  });

  test('binds an instance whose clock is ahead, also where the state row is lost', async () => {
    const { instance, clock, incidents, tenant, tellWait, calls } = await world();
    await instance().sync();
    await tellWait(60_000);
    await incidents.write({ kind: 'delete', partitionKey: tenant.tenantId, rowKey: 'state' });
    const ahead = { now: () => clock.now() + 600_000, elapsedMs: () => clock.elapsedMs() };
    const before = calls.length;
    expect(await instance({ clock: ahead }).sync()).toMatchObject({ state: 'waiting' });
    expect(calls).toHaveLength(before);
  });
});

describe('a call', () => {
  test('asked for ahead does not outlive the run that failed, which counts it and keeps to what it brings', async () => {
    const { instance, answer, access, calls } = await world();
    const late = held();
    answer(late.by);
    let isOver = false;
    const run = instance()
      .run(async ({ source }) => {
        source.get('1').catch(() => undefined);
        await late.asked;
        throw new UpstreamError('the page before it failed');
      })
      .finally(() => (isOver = true));
    await late.asked;
    await turns();
    expect(isOver).toBe(false);
    late.give(throttled(120));
    expect(await run).toMatchObject({ code: 'ERR_THROTTLED', counts: { calls: 1 } });
    expect(calls).toHaveLength(1);
    expect(await access()).toMatchObject({ blockedUntil: '2026-11-20T08:02:00.000Z' });
  });

  test('is not begun by what a run left behind', async () => {
    const { instance, calls } = await world();
    let left: Promise<unknown> = Promise.resolve();
    await instance().run(({ source }) => {
      left = turns().then(() => source.get('1'));
      left.catch(() => undefined);
      return Promise.resolve('succeeded');
    });
    await expect(left).rejects.toMatchObject({ name: 'CallsSpent' });
    expect(calls).toEqual([]);
  });
});
