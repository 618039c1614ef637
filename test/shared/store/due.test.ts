import type { DueIndex } from '../../../shared/store/due';
import { dueIndex } from '../../../shared/store/due';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';
import { tenantIdOf } from '../../support/plainTenant';

const nowMs = 1_795_161_600_000;
let storage: AzuriteStorage;
let due: DueIndex;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.stop());
beforeEach(async () => {
  due = dueIndex(storage.index);
  await due.done(await due.upTo(8e15, '000', undefined));
});
const idsUpTo = async (ms: number, from = '000', before?: string): Promise<string[]> =>
  (await due.upTo(ms, from, before)).map(({ tenantId }) => tenantId).sort();

test('what is due at or before a moment is found, to the millisecond', async () => {
  for (const [at, tenant] of [
    [-1, 1],
    [0, 2],
    [1, 3],
    [60_000, 4],
  ] as const)
    await due.add(tenantIdOf(tenant), nowMs + at);
  expect(await idsUpTo(nowMs)).toEqual([tenantIdOf(1), tenantIdOf(2)]);
  expect(await idsUpTo(nowMs + 1)).toEqual([tenantIdOf(1), tenantIdOf(2), tenantIdOf(3)]);
});

test.each(['0', '9', 'a', 'f'])('the millisecond holds for tenant ids that begin with %s', async (first) => {
  const tenantId = `${first}0000000-0000-4000-8000-000000000000`;
  await due.add(tenantId, nowMs);
  expect(await idsUpTo(nowMs - 1)).toEqual([]);
  expect(await idsUpTo(nowMs)).toEqual([tenantId]);
});

test('the same moment twice is one row, another moment another', async () => {
  const tenantId = tenantIdOf(1);
  await due.add(tenantId, nowMs);
  await due.add(tenantId, nowMs);
  await due.add(tenantId, nowMs - 5);
  expect(await idsUpTo(nowMs)).toEqual([tenantId, tenantId]);
});

test('taking rows away leaves what became due since, and taking them twice is no error', async () => {
  await due.add(tenantIdOf(1), nowMs);
  const found = await due.upTo(nowMs, '000', undefined);
  await due.add(tenantIdOf(1), nowMs + 1);
  await due.done(found);
  await due.done(found);
  expect(await idsUpTo(nowMs + 1)).toEqual([tenantIdOf(1)]);
});

test('ranges of partitions share the tenants out without loss or doubling', async () => {
  const all = Array.from({ length: 48 }, (_, at) => tenantIdOf(at));
  for (const tenantId of all) await due.add(tenantId, nowMs);
  const edges = ['000', '01f', '020', '7ff', '800', 'a00', 'fff'];
  const parts = await Promise.all(edges.map((from, at) => idsUpTo(nowMs, from, edges[at + 1])));
  expect(parts.flat().sort()).toEqual(all);
});

test('a range holds the tenants whose hash begins with it', async () => {
  // SHA-256 of this id begins with 2ae.
  const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47';
  await due.add(tenantId, nowMs);
  expect(await idsUpTo(nowMs, '2ae', '2af')).toEqual([tenantId]);
  expect(await idsUpTo(nowMs, '000', '2ae')).toEqual([]);
  expect(await idsUpTo(nowMs, '2af', undefined)).toEqual([]);
});
