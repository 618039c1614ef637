import { UpstreamError } from '../../../shared/errors';
import { continueKey } from '../../../shared/store/continueKey';
import { memoryTable } from '../../support/memoryTable';

test('instances that start at once agree on one key, and later ones find it', async () => {
  const index = memoryTable();
  const instances = [{ ...index }, { ...index }, { ...index }];
  const keys = await Promise.all(instances.map((one) => continueKey(one)));
  const later = await continueKey({ ...index });
  expect(new Set([...keys, later].map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(later.byteLength).toBe(32);
  expect(index.rows()).toHaveLength(1);
});

test('a fault of storage is not remembered', async () => {
  const index = memoryTable();
  let broken = true;
  const table = {
    ...index,
    get: (...keys: [string, string]) => (broken ? Promise.reject(new UpstreamError('away')) : index.get(...keys)),
  };
  await expect(continueKey(table)).rejects.toThrow(UpstreamError);
  broken = false;
  expect((await continueKey(table)).byteLength).toBe(32);
});
