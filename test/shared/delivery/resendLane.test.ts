import { resendLane } from '../../../shared/delivery/resendLane';
import { UpstreamError } from '../../../shared/errors';
import { mustBeTime7 } from '../../../shared/model/time7';
import { openLanes } from '../../../shared/store/openLanes';
import { changedEventRow, readEvent, toEventRow } from '../../../shared/store/outbox';
import { memoryTable } from '../../support/memoryTable';

const tenantId = '88888888-8888-4888-8888-00000000000a';
const lane = { tenantId, targetId: 'tickets', incidentId: '42' };
const event = (version: string, incidentId = '42') => ({
  ...{ eventId: `id-${version}`, tenantId, connectionId: 'tickets', incidentId, type: 'updated' as const },
  ...{ version: mustBeTime7(version, 'version'), watchedDigest: 'w' },
});

const stage = async () => {
  const [incidents, index] = [memoryTable(), memoryTable()];
  const versions = ['2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z'];
  for (const given of [...versions.map((version) => event(version)), event('2026-11-20T10:00:00Z', '421')]) {
    await incidents.write({ kind: 'insert', row: toEventRow(given) });
    const stored = (await readEvent(given, incidents))!;
    const row = changedEventRow(stored, { state: 'delivered', attempts: 3, nextAttempt: '2026-11-21T00:00:00Z' });
    await incidents.write({ kind: 'replace', row, etag: stored.etag });
  }
  const sent: object[] = [];
  const queue = { send: (message: object) => Promise.resolve(void sent.push(message)) };
  return { incidents, index, sent, deps: { incidents, lanes: openLanes(index), queue } };
};

const states = (rows: readonly Readonly<Record<string, unknown>>[]): unknown[] =>
  rows.map(({ version, state, attempts, nextAttempt }) => [
    String(version).slice(11, 13),
    state,
    attempts,
    nextAttempt,
  ]);

test('the newest event of the lane waits again, found by sweep and queue; the others stay as they are', async () => {
  const { incidents, index, sent, deps } = await stage();
  await resendLane(deps, lane);
  expect(states(incidents.rows())).toEqual([
    ['08', 'delivered', 3, '2026-11-21T00:00:00Z'],
    ['09', 'pending', 0, undefined],
    ['10', 'delivered', 3, '2026-11-21T00:00:00Z'],
  ]);
  expect(index.rows()).toHaveLength(1);
  expect(sent).toEqual([{ tenantId, targetId: 'tickets', incidentIds: ['42'] }]);
  const writes = incidents.writes.singles;
  await resendLane(deps, lane);
  expect(incidents.writes.singles).toBe(writes);
});

test('a hint that is lost, or a lane without an event, is no failure', async () => {
  const { incidents, deps } = await stage();
  const queue = { send: () => Promise.reject(new UpstreamError('away')) };
  await resendLane({ ...deps, queue }, lane);
  expect(states(incidents.rows())[1]).toEqual(['09', 'pending', 0, undefined]);
  await resendLane(deps, { ...lane, incidentId: '7' });
});
