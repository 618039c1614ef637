import type { Column } from '../../../../shared/ports';
import { readState, stateRowKey } from '../../../../shared/store/tenantState';
import type { InProcessRelay } from '../../../support/inProcessRelay';
import { inProcessRelay } from '../../../support/inProcessRelay';

const minuteMs = 60_000;

const stateRow = ({ incidents, tenant }: InProcessRelay) => incidents.get(tenant.tenantId, stateRowKey);
const edit = async (relay: InProcessRelay, change: Readonly<Record<string, Column>>): Promise<void> => {
  const { row, etag } = (await stateRow(relay))!;
  await relay.incidents.write({ kind: 'replace', row: { ...row, ...change }, etag });
};
const change = ({ cloud, tenant }: InProcessRelay, count: number): void => {
  const { tenantId } = tenant;
  const rows = cloud.world.truth(tenantId).filter(({ status }) => status !== 'redirected');
  for (const { incidentId } of rows.slice(0, count))
    cloud.world.apply({ kind: 'update', tenantId, incidentId, customTags: ['changed'] });
};

/** One that is read, then changed while the row is edited. */
const edited = async (changes: Readonly<Record<string, Column>>): Promise<InProcessRelay> => {
  const relay = await inProcessRelay({ seed: 4, incidents: 120, alerts: false });
  await relay.sync();
  relay.clock.advance(minuteMs);
  change(relay, 20);
  // Far enough behind that no overlap would find them.
  relay.clock.advance(3 * 60 * minuteMs);
  await edit(relay, changes);
  return relay;
};
const settle = async (relay: InProcessRelay): Promise<void> => {
  for (let run = 0; run < 3; run += 1) {
    await relay.sync();
    relay.clock.advance(10 * minuteMs);
  }
};

const future = '2027-06-01T00:00:00.0000000Z';
const past = '2026-11-20T06:00:00.0000000Z';

test.each<[string, Readonly<Record<string, Column>>]>([
  ['garbled', { head: 'x', readThrough: '%%', gaps: '[{' }],
  ['without its cursor', { head: undefined, readThrough: undefined }],
  ['in the future', { head: future, readThrough: future }],
  ['of which only the head lies in the future', { head: future }],
  ['of which only readThrough lies in the future', { readThrough: future }],
  ['that goes on in the future', { resumeAt: future, resumeStartedAt: future }],
  ['rolled back', { head: past, readThrough: past }],
  [
    'of garbled counters',
    { totals: '{', lastRun: '[', lastSeen: '}', window: '{', month: '-', rhythm: '{', calls: '[{' },
  ],
])('a state row %s costs no incident', async (_, changes) => {
  const relay = await edited(changes);
  await settle(relay);
  expect(relay.missing()).toEqual([]);
  const { state } = await readState(relay.tenant.tenantId, relay.incidents);
  expect(state).toMatchObject({ leaseOwner: undefined, cursor: { resume: undefined, gaps: [] } });
  expect(state.cursor.readThrough! < '2026-11-20T12:00').toBe(true);
});

test('a state row that is gone is made anew, and nothing is stored twice or announced again', async () => {
  const relay = await edited({});
  await relay.incidents.write({ kind: 'delete', partitionKey: relay.tenant.tenantId, rowKey: stateRowKey });
  await settle(relay);
  expect(relay.missing()).toEqual([]);
  expect(relay.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_'))).toHaveLength(120);
});

test('an edited row of a run that goes on elsewhere takes the fence from it', async () => {
  const relay = await edited({});
  const { tenantId } = relay.tenant;
  const [outcome] = await Promise.all([relay.sync(), edit(relay, { head: past })]);
  expect(['busy', 'complete']).toContain(outcome.state);
  await settle(relay);
  expect(relay.missing()).toEqual([]);
  expect((await readState(tenantId, relay.incidents)).state.leaseOwner).toBeUndefined();
});
