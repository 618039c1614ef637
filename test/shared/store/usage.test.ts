import { noCounts } from '../../../shared/model/run';
import { readUsage, toUsageRow } from '../../../shared/store/usage';
import { memoryTable } from '../../support/memoryTable';

const counts = { ...noCounts, calls: 7, operations: 20, seconds: 1.5 };

test('a month that is over is found again, and no other month and tenant', async () => {
  const table = memoryTable();
  await table.write({ kind: 'insert', row: toUsageRow('a', { month: '202610', counts }) });
  expect(table.rows()[0]?.rowKey).toBe('m_202610');
  expect(await readUsage('a', table, '202610')).toEqual({ month: '202610', counts });
  expect(await readUsage('a', table, '202609')).toBeUndefined();
  expect(await readUsage('b', table, '202610')).toBeUndefined();
});

test.each([
  ['of an older release counts what it lacks as nothing', '{"calls":7}', { ...noCounts, calls: 7 }],
  ['that someone garbled tells of nothing used', '{"calls":', noCounts],
])('a row %s', async (_name, text, expected) => {
  const table = memoryTable();
  await table.write({ kind: 'insert', row: { partitionKey: 'a', rowKey: 'm_202610', counts: text } });
  expect((await readUsage('a', table, '202610'))?.counts).toEqual(expected);
});
