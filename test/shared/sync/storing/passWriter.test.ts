import { loopTurn } from '../../../../shared/loopTurn';
import { ConflictError, UpstreamError } from '../../../../shared/errors';
import { readTenantRun } from '../../../../shared/store/tenantRuns';
import {
  at,
  cursorAt,
  done,
  failed,
  incident,
  noise,
  nothing,
  rowKeyOf,
  runId,
  some,
  take,
  tenantId,
  writing,
} from './passWriting';

test('what fits one batch is one batch: state, then rows', async () => {
  const { begin, table, order } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(86));
  writer.mark(() => cursorAt(97));
  await writer.flushFull();
  expect(table.writes.batches).toEqual([]);
  await writer.finish(done, nothing);
  expect(table.writes.batches).toEqual([87]);
  expect(order).toEqual(['feed', 'batch']);
});

test('a batch holds 98 rows beside state and run, and its cursor is that of its last row', async () => {
  const { begin, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(150));
  writer.count({ listed: 150, new: 150, calls: 3 });
  writer.mark(() => cursorAt(999));
  await writer.flushFull();
  await loopTurn();
  expect(table.writes.batches).toEqual([99]);
  expect(await state()).toMatchObject({ cursor: { head: at(97) }, leaseOwner: runId(1), stored: 98, open: 98 });
  const run = await writer.finish(done, nothing);
  expect(table.writes.batches).toEqual([99, 54]);
  expect(await state()).toMatchObject({ cursor: { head: at(999) }, leaseOwner: undefined, stored: 150 });
  expect(run.counts).toMatchObject({ calls: 3, incidentWrites: 150, batches: 2 });
});

test('no batch passes 4 MiB on the wire', async () => {
  const { begin, table } = writing();
  const writer = await begin(runId(1));
  await take(
    writer,
    Array.from({ length: 12 }, (_, id) => incident(id, id, { noise: noise(id, 500_000) })),
  );
  await writer.finish(done, nothing);
  expect(table.writes.batches.length).toBeGreaterThan(1);
  expect(table.rows().filter(({ rowKey }) => rowKey.startsWith('i_'))).toHaveLength(12);
});

test('a row queued twice is written once, at its newest version', async () => {
  const { begin, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, [incident(1, 1), incident(2, 2)]);
  await take(writer, [incident(1, 3, {}, 'resolved')]);
  await writer.finish(done, nothing);
  expect(table.rows().filter(({ rowKey }) => rowKey.startsWith('i_'))).toHaveLength(2);
  expect(await state()).toMatchObject({ stored: 2, open: 1 });
});

test('a row this run wrote already is replaced, not inserted again', async () => {
  const { begin, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(99));
  await writer.flushFull();
  await take(writer, [incident(5, 200, {}, 'resolved')]);
  await writer.finish(done, nothing);
  expect(await state()).toMatchObject({ stored: 99, open: 98 });
  expect(table.rows().filter(({ rowKey }) => rowKey === 'i_99999999999999999994')).toMatchObject([
    { status: 'resolved', version: at(200) },
  ]);
});

test('another run’s write ends this one at its next batch, and nothing of it is stored', async () => {
  const { begin, state } = writing();
  const [first, second] = [await begin(runId(1)), await begin(runId(2))];
  await take(first, some(3));
  await take(second, some(5, 10));
  await second.finish(done, nothing);
  await expect(first.finish(done, nothing)).rejects.toBeInstanceOf(ConflictError);
  expect(await state()).toMatchObject({ stored: 5, batchMark: `${runId(2)}.1` });
});

test('a batch whose answer was lost counts as written', async () => {
  const { begin, faults, state, table } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(100));
  Object.assign(faults, { at: faults.count + 1, when: 'after' });
  await writer.flushFull();
  await take(writer, [incident(5, 300, {}, 'resolved')]);
  await writer.finish(done, nothing);
  expect(await state()).toMatchObject({ stored: 100, open: 99, leaseOwner: undefined });
  expect(table.rows().filter(({ rowKey }) => rowKey.startsWith('i_'))).toHaveLength(100);
});

test('a batch that was not written leaves the cursor where the rows end', async () => {
  const { begin, faults, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(100));
  writer.mark(() => cursorAt(100));
  await writer.flushFull();
  await loopTurn();
  await take(writer, some(3, 120));
  writer.mark(() => cursorAt(130));
  Object.assign(faults, { at: faults.count + 1, when: 'before' });
  await expect(writer.finish(done, nothing)).rejects.toBeInstanceOf(UpstreamError);
  expect(writer.cursor.head).toBe(at(97));
  await writer.finish(failed, nothing);
  expect(await state()).toMatchObject({ stored: 98, cursor: { head: at(97) }, lastRun: { state: 'failed' } });
});

test('a large body goes to its blob before the batch; the blob it replaces goes afterwards', async () => {
  const { begin, order, bodies } = writing();
  const first = await begin(runId(1));
  await take(first, [incident(1, 1, { noise: noise(1, 900_000) })]);
  await first.finish(done, nothing);
  expect(order).toEqual(['blob', 'feed', 'batch']);
  expect([...bodies.contents.keys()]).toEqual([`${tenantId}/i_99999999999999999998/2026-11-20T070001.0000000Z`]);
  const second = await begin(runId(2));
  await take(second, [incident(1, 2, { noise: noise(2, 900_000) })]);
  await second.finish(done, nothing);
  expect([...bodies.contents.keys()]).toEqual([`${tenantId}/i_99999999999999999998/2026-11-20T070002.0000000Z`]);
});

test('the hint of a replaced version is taken away', async () => {
  const { begin, index } = writing();
  for (const second of [1, 2]) {
    const writer = await begin(runId(second));
    await take(writer, [incident(1, second)]);
    await writer.finish(done, nothing);
  }
  expect(index.rows()).toMatchObject([{ incidentId: '1', version: at(2) }]);
});

test('a run has a row where something changed, someone asked or it failed; a quiet one has none', async () => {
  const { begin, table } = writing();
  const rowOf = async (id: number, requested: boolean, state: 'succeeded' | 'failed', changed: number) => {
    const writer = await begin(runId(id), requested);
    writer.count({ new: changed, listed: changed });
    await writer.finish({ state, code: null, reason: null }, nothing);
    return (await readTenantRun(tenantId, table, runId(id)))?.state;
  };
  expect(await rowOf(1, false, 'succeeded', 0)).toBeUndefined();
  expect(await rowOf(2, true, 'succeeded', 0)).toBe('succeeded');
  expect(await rowOf(3, false, 'failed', 0)).toBe('failed');
  expect(await rowOf(4, false, 'succeeded', 1)).toBe('succeeded');
});

test('totals run on over runs, and the row tells of the last one', async () => {
  const { begin, state } = writing();
  for (const [id, ending] of [
    [1, 'succeeded'],
    [2, 'failed'],
  ] as const) {
    const writer = await begin(runId(id));
    writer.count({ listed: 10, unchanged: 10, calls: 4 });
    await writer.finish({ state: ending, code: null, reason: null }, nothing);
  }
  expect(await state()).toMatchObject({
    totals: { listed: 20, calls: 8, batches: 2 },
    lastRun: { runId: runId(2), state: 'failed', counts: { calls: 4 } },
  });
});

test('what rides along is asked for last, knows the counts and shares the last batch', async () => {
  const { begin, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(100));
  await writer.finish(done, (run, next) => ({
    changes: { lastSuccess: `${run.counts.incidentWrites} of ${next.stored}` },
    rows: [{ partitionKey: tenantId, rowKey: 'w_x', read: true }],
  }));
  expect(await state()).toMatchObject({ lastSuccess: '100 of 100' });
  expect(table.writes.batches).toEqual([99, 4]);
  expect(table.rows().filter(({ rowKey }) => rowKey === 'w_x')).toHaveLength(1);
});

test('with full batches and all that rides along no batch passes a hundred operations', async () => {
  for (let count = 80; count <= 105; count += 1) {
    const { begin, table, state } = writing();
    const writer = await begin(runId(1), true);
    await take(writer, some(count));
    await writer.flushFull();
    await writer.finish(done, () => ({
      changes: {},
      rows: Array.from({ length: 12 }, (_, row) => ({ partitionKey: tenantId, rowKey: `w_${row}` })),
    }));
    expect(Math.max(...table.writes.batches)).toBeLessThanOrEqual(100);
    expect(await state()).toMatchObject({ stored: count, disagreement: undefined });
  }
});

test('a row queued again holds up what waited for it: the cursor never passes an incident that is not written', async () => {
  const { begin, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(50));
  await take(writer, some(60, 100));
  // Shown again at the same version, whole this time.
  await take(writer, [incident(3, 3, { more: 'of it' })]);
  await writer.flushFull();
  await loopTurn();
  expect((await state()).cursor.head).toBe(at(147));
  expect(table.rows().map(({ rowKey }) => rowKey)).toContain(rowKeyOf(3));
});

test('what is written in a batch is known to the run as written, and to a run of its own', async () => {
  const { begin } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(99));
  await writer.flushFull();
  const known = await writer.known(['5', '98', '200']);
  expect([...known.keys()]).toEqual(['5', '98']);
  expect(known.get('5')).toMatchObject({ version: at(5), status: 'active', complete: true });
  await writer.finish(done, nothing);
  expect((await (await begin(runId(2))).known(['5', '200'])).get('5')).toMatchObject({ version: at(5) });
});

describe('the lease alone', () => {
  test('is the state row with the run as its owner, says nothing of what is queued, and is given back at the end', async () => {
    const { begin, state, table } = writing();
    const writer = await begin(runId(1));
    await take(writer, some(3));
    expect(writer.writtenAtMs).toBeUndefined();
    await writer.writeLease(() => true);
    expect(writer.writtenAtMs).toBe(0);
    expect(await state()).toMatchObject({ leaseOwner: runId(1), stored: 0, cursor: { head: undefined } });
    await writer.finish(done, nothing);
    expect(await state()).toMatchObject({ leaseOwner: undefined, stored: 3, cursor: { head: at(2) } });
    expect(table.writes.batches).toEqual([4]);
  });

  test('has its turn after the batches under way, and is spared where they wrote it', async () => {
    const { begin, clock, state, table } = writing();
    const writer = await begin(runId(1));
    await take(writer, some(150));
    await writer.flushFull();
    clock.advance(5_000);
    const { singles } = table.writes;
    await writer.writeLease(() => writer.writtenAtMs === undefined);
    expect(table.writes).toMatchObject({ singles, batches: [99] });
    expect(await state()).toMatchObject({ leaseOwner: runId(1), stored: 98 });
  });

  test('fails where another run has taken the fence', async () => {
    const { begin, state } = writing();
    const [first, second] = [await begin(runId(1)), await begin(runId(2))];
    await second.finish(done, nothing);
    await expect(first.writeLease(() => true)).rejects.toBeInstanceOf(ConflictError);
    expect(await state()).toMatchObject({ leaseOwner: undefined, batchMark: `${runId(2)}.1` });
  });

  test('that storage would not take costs nothing of what is queued', async () => {
    const { begin, faults, state } = writing();
    const writer = await begin(runId(1));
    await take(writer, some(3));
    Object.assign(faults, { at: faults.count + 1, when: 'before' });
    await expect(writer.writeLease(() => true)).rejects.toBeInstanceOf(UpstreamError);
    await writer.finish(done, nothing);
    expect(await state()).toMatchObject({ stored: 3, cursor: { head: at(2) } });
  });

  test('is not written behind a batch that failed', async () => {
    const { begin, faults, state } = writing();
    const writer = await begin(runId(1));
    await take(writer, some(150));
    Object.assign(faults, { at: faults.count + 1, when: 'before' });
    await writer.flushFull();
    await expect(writer.writeLease(() => true)).rejects.toBeInstanceOf(UpstreamError);
    expect((await state()).leaseOwner).toBeUndefined();
  });
});

test('counts that do not agree are told', async () => {
  const { begin, state } = writing();
  const writer = await begin(runId(1));
  writer.count({ listed: 10, unchanged: 9 });
  await writer.finish(done, nothing);
  expect((await state()).disagreement).toBe('10 incidents were listed, 9 judged');
  const next = await begin(runId(2));
  next.count({ listed: 9, unchanged: 9 });
  await next.finish(done, nothing);
  expect((await state()).disagreement).toBeUndefined();
});
