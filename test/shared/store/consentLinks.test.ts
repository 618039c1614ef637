import type { ConsentLink } from '../../../shared/model/consentLink';
import { consentLinkState } from '../../../shared/model/consentLink';
import { consentLinks } from '../../../shared/store/consentLinks';
import { memoryTable } from '../../support/memoryTable';

const hashOf = (first: string): string => first.padEnd(64, '0');
const link: ConsentLink = {
  hash: hashOf('ab'),
  tenantId: '11111111-0000-4000-8000-000000000001',
  registration: 'writer',
  createdAt: '2026-11-20T08:00:00.000Z',
  createdBy: 'someone',
  expiresAt: '2026-11-27T08:00:00.000Z',
  usedAt: null,
};

test('a link comes back as it was put, and is used once by whoever read it last', async () => {
  const links = consentLinks(memoryTable());
  await links.add(link);
  const [one, two] = [await links.find(link.hash), await links.find(link.hash)];
  expect(one?.link).toEqual(link);
  expect(await links.use(one!, '2026-11-21T00:00:00.000Z')).toBe(true);
  expect(await links.use(two!, '2026-11-21T00:00:01.000Z')).toBe(false);
  expect((await links.find(link.hash))?.link.usedAt).toBe('2026-11-21T00:00:00.000Z');
});

test('a link that was withdrawn meanwhile cannot be used', async () => {
  const links = consentLinks(memoryTable());
  await links.add(link);
  const found = await links.find(link.hash);
  await links.revoke(link.hash);
  expect(await links.use(found!, '2026-11-21T00:00:00.000Z')).toBe(false);
  expect(await links.find(link.hash)).toBeUndefined();
});

test('all links of one tenant go, and no other’s', async () => {
  const table = memoryTable();
  const links = consentLinks(table);
  const other = '22222222-0000-4000-8000-000000000002';
  for (const first of ['00', 'ab', 'ff']) await links.add({ ...link, hash: hashOf(first) });
  await links.add({ ...link, hash: hashOf('a0'), tenantId: other });
  await links.spend('ab'.repeat(16), link.expiresAt);
  await table.write({ kind: 'insert', row: { partitionKey: 'feed_a', rowKey: 'x', tenantId: link.tenantId } });
  expect(await links.dropOf(link.tenantId)).toBe(3);
  expect(
    table
      .rows()
      .map(({ partitionKey }) => partitionKey)
      .sort(),
  ).toEqual(['consent_a0', 'feed_a', 'nonce_ab']);
});

test('a nonce is spent once', async () => {
  const links = consentLinks(memoryTable());
  expect(await links.spend('cd'.repeat(16), link.expiresAt)).toBe(true);
  expect(await links.spend('cd'.repeat(16), link.expiresAt)).toBe(false);
});

test('what is over is purged, and nothing else', async () => {
  const table = memoryTable();
  const links = consentLinks(table);
  await links.add(link);
  await links.add({ ...link, hash: hashOf('cd'), expiresAt: '2026-11-30T00:00:00.000Z' });
  await links.spend('01'.repeat(16), '2026-11-20T08:11:00.000Z');
  await links.spend('02'.repeat(16), '2026-11-30T08:11:00.000Z');
  await table.write({
    kind: 'insert',
    row: { partitionKey: 'keys', rowKey: 'x', expiresAt: '2000-01-01T00:00:00.000Z' },
  });
  expect(await links.purge('2026-11-28T00:00:00.000Z')).toEqual({ rows: 2 });
  expect(
    table
      .rows()
      .map(({ partitionKey }) => partitionKey)
      .sort(),
  ).toEqual(['consent_cd', 'keys', 'nonce_02']);
});

test('a link is over when it was used, or at its very end', () => {
  const endMs = Date.parse(link.expiresAt);
  expect(consentLinkState(link, endMs - 1)).toBe('open');
  expect(consentLinkState(link, endMs)).toBe('expired');
  expect(consentLinkState({ ...link, usedAt: link.createdAt }, endMs)).toBe('used');
  expect(consentLinkState({ ...link, expiresAt: 'soon' }, 0)).toBe('expired');
});
