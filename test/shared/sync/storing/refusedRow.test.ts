import type { ObservedIncident } from '../../../../shared/model/incident';
import { at, cursorAt, done, failed, incident, nothing, rowKeyOf, runId, some, take, writing } from './passWriting';

/** Counted as the intake counts them. */
const shownAndTaken = async (
  writer: Awaited<ReturnType<ReturnType<typeof writing>['begin']>>,
  incidents: readonly ObservedIncident[],
) => {
  writer.count({ listed: incidents.length, new: incidents.length });
  await take(writer, incidents);
};

test.each([
  ['of a full batch', 98],
  ['of the last batch', 40],
  ['that is alone', 1],
])('a row %s that storage refuses goes to quarantine, and all the others are stored', async (_, count) => {
  const id = Math.floor(count / 3);
  const { begin, table, state, quarantined } = writing({ refuse: [rowKeyOf(id)] });
  const writer = await begin(runId(1));
  await shownAndTaken(writer, some(count));
  await writer.flushFull();
  const run = await writer.finish(done, nothing);
  const stored = table.rows().filter(({ rowKey }) => rowKey.startsWith('i_'));
  expect(stored.map(({ rowKey }) => rowKey)).not.toContain(rowKeyOf(id));
  expect(stored).toHaveLength(count - 1);
  expect(await quarantined()).toEqual([
    {
      incidentId: `${id}`,
      version: at(id),
      stage: 'stored',
      reason: 'Storage does not take it: 400 of the table',
      attempts: 0,
      nextTry: '2026-11-20T08:15:00.000Z',
      since: '2026-11-20T08:00:00.000Z',
    },
  ]);
  expect(run.counts).toMatchObject({ listed: count, new: count - 1, quarantined: 1, incidentWrites: count - 1 });
  expect(await state()).toMatchObject({
    stored: count - 1,
    quarantined: 1,
    disagreement: undefined,
    cursor: { head: at(count - 1) },
  });
});

test('several refused rows of one batch each go to quarantine', async () => {
  const ids = [0, 7, 8, 50, 97];
  const { begin, state, quarantined } = writing({ refuse: ids.map(rowKeyOf) });
  const writer = await begin(runId(1));
  await shownAndTaken(writer, some(98));
  await writer.finish(done, nothing);
  expect((await quarantined()).map(({ incidentId }) => Number(incidentId)).sort((a, b) => a - b)).toEqual(ids);
  expect(await state()).toMatchObject({
    stored: 93,
    quarantined: 5,
    cursor: { head: at(97) },
    disagreement: undefined,
  });
});

test('a row larger than Azure takes is refused before its batch is sent', async () => {
  const { begin, state, quarantined, table } = writing();
  const writer = await begin(runId(1));
  await shownAndTaken(writer, some(5));
  const huge = incident(9, 9);
  await shownAndTaken(writer, [{ ...huge, header: { ...huge.header, incidentId: 'x'.repeat(600) } }]);
  await writer.finish(done, nothing);
  expect(table.writes.batches).toHaveLength(1);
  expect(await quarantined()).toMatchObject([{ incidentId: 'x'.repeat(600), stage: 'stored' }]);
  expect(await state()).toMatchObject({ stored: 5, quarantined: 1, disagreement: undefined });
});

test('one that is refused again has its row written once, and it is counted each time', async () => {
  const { begin, table, state } = writing({ refuse: [rowKeyOf(1)] });
  for (const id of [1, 2, 3]) {
    const writer = await begin(runId(id));
    await shownAndTaken(writer, [incident(1, 1)]);
    await writer.finish(done, nothing);
  }
  expect(await state()).toMatchObject({ quarantined: 1, totals: { quarantined: 3, incidentWrites: 0 } });
  expect(table.rows().filter(({ rowKey }) => rowKey.startsWith('q_'))).toMatchObject([{ attempts: 0 }]);
});

test('one that is taken at last leaves quarantine in the batch that stores it', async () => {
  const refuse = [rowKeyOf(1)];
  const { begin, state, quarantined, table } = writing({ refuse });
  const first = await begin(runId(1));
  await shownAndTaken(first, [incident(1, 1)]);
  await first.finish(done, nothing);
  refuse.length = 0;
  const second = await begin(runId(2));
  await shownAndTaken(second, [incident(1, 2)]);
  second.release('1');
  await second.finish(done, nothing);
  expect(await quarantined()).toEqual([]);
  expect(table.writes.batches.at(-1)).toBe(4);
  expect(await state()).toMatchObject({ stored: 1 });
});

test('what is released before its row was written leaves nothing to delete', async () => {
  const { begin, quarantined, state } = writing();
  const writer = await begin(runId(1));
  writer.quarantine({
    incidentId: '1',
    version: undefined,
    stage: 'whole',
    reason: 'r',
    attempts: 0,
    nextTry: '2026-11-20T08:15:00.000Z',
    since: '2026-11-20T08:00:00.000Z',
  });
  writer.release('1');
  await writer.finish(done, nothing);
  expect(await quarantined()).toEqual([]);
  expect(await state()).toMatchObject({ disagreement: undefined });
});

test('a state row that storage refuses is no incident’s fault: the run fails and nothing moves', async () => {
  const { begin, state } = writing({ refuse: ['state'] });
  const writer = await begin(runId(1));
  await shownAndTaken(writer, [incident(1, 1)]);
  writer.mark(() => cursorAt(5));
  await expect(writer.finish(failed, nothing)).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
  expect((await state()).cursor.head).toBeUndefined();
});
