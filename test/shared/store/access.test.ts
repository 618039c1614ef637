import type { Access } from '../../../shared/model/access';
import { readAccess, writeAccess } from '../../../shared/store/access';
import { memoryTable } from '../../support/memoryTable';

const tenantId = '11111111-0000-4000-8000-000000000001';
const granted: Access = {
  state: 'granted',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since: '2026-11-20T08:00:00.000Z',
  blockedUntil: null,
};
const blocked: Access = { ...granted, state: 'blocked', reason: 'resourceMissing', cure: 'License it.' };

test('each registration has a row of its own: one that is refused says nothing of the other', async () => {
  const table = memoryTable(() => 0);
  await writeAccess(tenantId, table, granted);
  await writeAccess(tenantId, table, blocked, 'defender');
  expect(await readAccess(tenantId, table)).toEqual(granted);
  expect(await readAccess(tenantId, table, 'reader')).toEqual(granted);
  expect(await readAccess(tenantId, table, 'defender')).toEqual(blocked);
  expect(await readAccess(tenantId, table, 'writer')).toMatchObject({ state: 'pending', since: '' });
});

test('what was stored before there were several registrations is the reading one’s', async () => {
  const table = memoryTable(() => 0);
  const row = { partitionKey: tenantId, rowKey: 'access', state: 'granted', since: granted.since };
  await table.write({ kind: 'insert', row });
  expect(await readAccess(tenantId, table)).toEqual(granted);
});
