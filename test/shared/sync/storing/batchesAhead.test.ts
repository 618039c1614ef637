import { loopTurn } from '../../../../shared/loopTurn';
import { ContractError, UpstreamError } from '../../../../shared/errors';
import { at, cursorAt, done, incident, nothing, rowKeyOf, runId, some, take, writing } from './passWriting';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await loopTurn();
};

test('hints of the next batch are put while the one before is written, and no batch before its turn', async () => {
  const { begin, order, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(300));
  await writer.flushFull();
  expect(order.slice(0, 3)).toEqual(['feed', 'feed', 'feed']);
  await writer.finish(done, nothing);
  expect(table.writes.batches).toEqual([99, 99, 99, 7]);
  expect(await state()).toMatchObject({ stored: 300, cursor: { head: at(299) } });
});

test('reading waits where storage is slow: no more than four batches are under way', async () => {
  const { begin, order, table } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(1_000));
  await writer.flushFull();
  const underWay = order.filter((what) => what === 'feed').length - table.writes.batches.length;
  expect(underWay).toBeLessThanOrEqual(4);
  expect(underWay).toBeGreaterThanOrEqual(2);
  await writer.finish(done, nothing);
  expect(table.rows().filter(({ rowKey }) => rowKey.startsWith('i_'))).toHaveLength(1_000);
});

test('what changes again before its batch has its turn is written once, at its newest', async () => {
  const { begin, table, state } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(300));
  await writer.flushFull();
  await take(writer, [incident(250, 400, {}, 'resolved'), incident(3, 401, {}, 'resolved')]);
  await writer.finish(done, nothing);
  expect(await state()).toMatchObject({ stored: 300, open: 298 });
  for (const [id, second] of [
    [250, 400],
    [3, 401],
  ] as const)
    expect(table.rows().filter(({ rowKey }) => rowKey === rowKeyOf(id))).toMatchObject([{ version: at(second) }]);
});

test('where one batch fails, none behind it is written, and the cursor stands before it', async () => {
  const { begin, faults, state, table } = writing();
  const writer = await begin(runId(1));
  await take(writer, some(300));
  Object.assign(faults, { at: faults.count + 2, when: 'before' });
  await writer.flushFull();
  await turns(20);
  await take(writer, some(200, 300));
  await expect(writer.finish(done, nothing)).rejects.toBeInstanceOf(UpstreamError);
  expect(table.writes.batches).toEqual([99]);
  expect((await state()).cursor.head).toBe(at(97));
});

test('a row that storage refuses goes to quarantine though batches behind it are under way', async () => {
  const { begin, quarantined, state } = writing({ refuse: [rowKeyOf(120)] });
  const writer = await begin(runId(1));
  await take(writer, some(300));
  writer.mark(() => cursorAt(999));
  await writer.flushFull();
  await writer.finish(done, nothing);
  expect(await quarantined()).toMatchObject([{ incidentId: '120' }]);
  expect(await state()).toMatchObject({ stored: 299, quarantined: 1, cursor: { head: at(999) } });
});

describe('looking ahead', () => {
  const stored = async () => {
    const world = writing();
    const first = await world.begin(runId(1));
    await take(first, some(5));
    await first.finish(done, nothing);
    return { ...world, writer: await world.begin(runId(2)) };
  };

  test('answers what is asked later, at no further cost', async () => {
    const { writer } = await stored();
    await writer.lookAhead(['1', '2', '99']);
    const { operations } = writer.counts;
    const known = await writer.known(['1', '2', '99']);
    expect([...known.keys()].sort()).toEqual(['1', '2']);
    expect(writer.counts.operations).toBe(operations);
  });

  test('never hides what this run has written since', async () => {
    const { writer, table } = await stored();
    await writer.lookAhead(['1']);
    await take(writer, [incident(1, 50, {}, 'resolved')]);
    await writer.lookAhead(['1']);
    expect((await writer.known(['1'])).get('1')).toMatchObject({ version: at(50), status: 'resolved' });
    await writer.finish(done, nothing);
    expect(table.rows().filter(({ rowKey }) => rowKey === rowKeyOf(1))).toMatchObject([{ version: at(50) }]);
  });

  test('in vain is made up for when it is needed', async () => {
    const { writer, lookups } = await stored();
    lookups.failNext = new UpstreamError('away');
    await writer.lookAhead(['1']);
    expect([...(await writer.known(['1'])).keys()]).toEqual(['1']);
    lookups.failNext = new ContractError('garbled');
    await expect(writer.known(['2'])).rejects.toBeInstanceOf(ContractError);
  });
});
