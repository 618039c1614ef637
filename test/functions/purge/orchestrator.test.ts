import { join } from 'node:path';
import type { Registered } from '../../support/registered';
import { registeredBy } from '../../support/registered';
import { replayHistories } from '../../support/replayHistories';
import { stepped } from '../../support/stepped';

let app: Registered;
beforeAll(() => {
  app = registeredBy(() => jest.requireActual('../../../functions/purge/orchestrator'));
});

const slot = '2026-11-21T03:15Z';
const called = (functionName: string, input: object) => expect.objectContaining({ functionName, input }) as unknown;

test('a purge begins with what belongs to no tenant, then takes all shards side by side; a lost one is the next day’s', () => {
  const { next } = stepped(app, 'purgeTenants', { slot }, '2026-11-21T03:15:00.000Z');
  expect(next()).toEqual(called('purgeShared', { slot }));
  expect(next({ ok: true, result: { rows: 3 } })).toEqual(called('planPurge', { slot }));
  expect(next({ ok: true, result: { shardCount: 2 } })).toEqual(
    [0, 1].map((shard) => called('purgeShard', { shard, shardCount: 2 })),
  );
  const lost = { ok: false, code: 'ERR_UPSTREAM', message: 'm' };
  expect(next([{ ok: true, result: {} }, lost])).toEqual({ output: { shards: 2, lost: 1 } });
});

test('without tenants there is no Task.all', () => {
  const { next } = stepped(app, 'purgeTenants', { slot }, '2026-11-21T03:15:00.000Z');
  next();
  next({ ok: true, result: { rows: 0 } });
  expect(next({ ok: true, result: { shardCount: 0 } })).toEqual({ output: { shards: 0, lost: 0 } });
});

replayHistories(join(__dirname, 'histories'), () => app);
