import { emptyWindow } from '../../../shared/model/coverage';
import { emptyCursor } from '../../../shared/model/cursor';
import { addCounts } from '../../../shared/model/run';
import type { TenantState } from '../../../shared/model/tenantState';
import { newTenantState } from '../../../shared/model/tenantState';
import type { Time7 } from '../../../shared/model/time7';
import { checkRow } from '../../../shared/store/guard';
import { readState, toStateRow } from '../../../shared/store/tenantState';
import { memoryTable } from '../../support/memoryTable';
import { tenantIdOf } from '../../support/plainTenant';

const tenantId = tenantIdOf(1);
const at = (hour: number): Time7 => `2026-11-20T${hour.toString().padStart(2, '0')}:00:00.0000001Z` as Time7;
const counts = addCounts({ listed: 7, new: 1, changed: 2, unchanged: 4 }, { calls: 3, incidentWrites: 3, batches: 2 });
const gap = (hour: number) => ({
  from: at(hour),
  to: at(hour + 1),
  reason: '206 199 - "provider timed out"',
  attempts: 3,
  nextTry: '2026-11-20T12:00:00.000Z',
});
const full: TenantState = {
  cursor: {
    head: at(8),
    readThrough: at(7),
    resume: { at: at(6), startedAt: at(9) },
    gaps: [gap(1), gap(3)],
  },
  leaseOwner: '1795161600000-abcdef012345',
  batchMark: '1795161600000-abcdef012345.7',
  lastSeen: [{ incidentId: '4711', version: at(7), mark: 'AAAAAAAAAAAAAAAA' }],
  stored: 10_000,
  open: 42,
  totals: counts,
  lastRun: {
    runId: '1795161600000-abcdef012345',
    tenantId,
    state: 'partial',
    startedAt: '2026-11-20T08:00:00.000Z',
    seconds: 3.25,
    counts,
    code: null,
    reason: null,
  },
  lastSuccess: '2026-11-20T07:00:00.000Z',
  lastNonEmpty: '2026-11-20T06:00:00.000Z',
  window: {
    ...emptyWindow(at(5)),
    heldUp: [{ from: at(1), to: at(2), reason: 'the app did not run', listed: 3, new: 2, changed: 1 }],
    repairs: [{ from: at(3), to: at(4), reason: '206', attempts: 2, repairedAt: at(5) }],
    reconciled: [{ from: at(1), to: at(5), at: at(6) }],
  },
  month: { month: '202611', totals: counts },
  rhythm: { lastChange: at(4), meanMs: 60_000.5, longestMs: 120_000, seen: 30 },
  calls: { hundredths: [[179_516_160_000, 2]], minutes: [[29_919_360, 5]] },
  quarantined: 1,
  foundLate: { at: at(2), count: 3 },
  disagreement: '3 incidents were listed, 2 judged',
};

test('the state comes back as it was written, with etag and the storage’s times', async () => {
  const table = memoryTable(() => Date.parse('2026-11-20T08:00:00Z'));
  const etag = await table.write({ kind: 'insert', row: toStateRow(tenantId, full) });
  expect(await readState(tenantId, table)).toEqual({
    state: full,
    etag,
    writtenAt: '2026-11-20T08:00:00.0000000Z',
    readAt: '2026-11-20T08:00:00.0000000Z',
  });
});

test('a tenant without a row has a new state and no fence yet', async () => {
  expect(await readState(tenantId, memoryTable())).toEqual({
    state: newTenantState,
    etag: undefined,
    writtenAt: undefined,
    readAt: undefined,
  });
});

test('a new state is written and comes back as new', async () => {
  const table = memoryTable();
  await table.write({ kind: 'insert', row: toStateRow(tenantId, newTenantState) });
  expect((await readState(tenantId, table)).state).toEqual(newTenantState);
});

test.each<[string, Record<string, string>]>([
  ['head', { head: 'yesterday' }],
  ['totals', { totals: 'x' }],
  ['last run', { lastRun: '' }],
  ['list of what was seen last', { lastSeen: '[{}]' }],
  ['log of calls', { calls: '{"hundredths":5,"minutes":[]}' }],
  ['window', { window: '{"from":"yesterday"}' }],
])('a garbled %s reads as none, and what else is there stays', async (_, garbled) => {
  const table = memoryTable();
  await table.write({ kind: 'insert', row: { ...toStateRow(tenantId, full), ...garbled } });
  const { state } = await readState(tenantId, table);
  expect(state).toMatchObject({ stored: 10_000, cursor: { readThrough: at(7) } });
  expect({ ...state, cursor: { ...state.cursor } }).not.toEqual(full);
});

test('half a resume is no resume', async () => {
  const table = memoryTable();
  const row = toStateRow(tenantId, full);
  await table.write({ kind: 'insert', row: { ...row, resumeStartedAt: undefined } });
  expect((await readState(tenantId, table)).state.cursor.resume).toBeUndefined();
});

test('fifty gaps with long reasons still fit the row', () => {
  const reason = `206 ${'w'.repeat(300)}`;
  const gaps = Array.from({ length: 50 }, (_, hour) => ({ ...gap(hour % 23), reason }));
  expect(() => checkRow(toStateRow(tenantId, { ...full, cursor: { ...emptyCursor, gaps } }))).not.toThrow();
});

test.each(['[{', '[{}]', '{}', '', '[{"from":"2026-11-20T08:00:00Z","to":"x"}]'])(
  'where the gaps are garbled (%s) the position is none either: it would claim what was not read',
  async (gaps) => {
    const table = memoryTable();
    await table.write({ kind: 'insert', row: { ...toStateRow(tenantId, full), gaps } });
    const { state } = await readState(tenantId, table);
    expect(state.cursor).toEqual(emptyCursor);
    expect(state.stored).toBe(10_000);
  },
);
