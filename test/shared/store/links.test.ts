import { ConflictError } from '../../../shared/errors';
import type { Link } from '../../../shared/model/link';
import { newLink } from '../../../shared/model/link';
import { mustBeTime7 } from '../../../shared/model/time7';
import { isHeld, linkStore, toLinkRow } from '../../../shared/store/links';
import { memoryTable } from '../../support/memoryTable';

const tenantId = '11111111-1111-4111-8111-111111111111';
const full: Link = {
  ...newLink(tenantId, 'all.desk', 'a_b/7'),
  tickets: [
    {
      ticketId: 'x/1',
      number: 'INC1',
      url: null,
      generation: 1,
      state: 'open',
      createdAt: '2026-11-20T08:00:00Z',
      version: '3',
    },
  ],
  base: { status: 'active', assignedTo: null },
  setAt: { status: '2026-11-20T08:00:00Z' },
  version: mustBeTime7('2026-11-20T08:00:00Z', 'version'),
  told: 'hash',
  ledger: [{ writeId: 'p0123', side: 'ticket', field: 'comment', value: 'h', untilMs: 1 }],
  comments: ['h1', 'h2'],
  applied: [
    { atMs: 1, field: 'status', value: 'resolved', from: 'ticket' },
    { atMs: 2, field: 'status', value: 'active', from: 'defender', over: 'resolved' },
    { atMs: 3, field: 'assignedTo', value: 'ana', from: 'defender', over: null },
  ],
  suspended: { since: '2026-11-20T08:00:00Z', because: 'it flips' },
  storm: 'key',
  heardAt: '2026-11-20T07:59:00.000Z',
  seen: mustBeTime7('2026-11-20T08:00:01Z', 'seen'),
  said: { status: { value: 'resolved', version: null, at: '2026-11-20T08:00:00Z', isOverwritten: false } },
  unsure: { status: '2026-11-20T08:00:02Z' },
};

test('a link comes back as it was put, with what an intent foresees', async () => {
  const table = memoryTable();
  const { intent: _none, ...then } = full;
  const link: Link = { ...full, intent: { key: 'k', at: '2026-11-20T08:00:00Z', then } };
  expect(_none).toBeNull();
  const etag = await linkStore(tenantId, table).claim(link, undefined, 'me');
  const found = await linkStore(tenantId, table).get('all.desk', 'a_b/7');
  expect(found?.link).toEqual(link);
  expect(found).toMatchObject({ etag, claimedBy: 'me' });
  await table.write({ kind: 'replace', row: toLinkRow(full, null), etag });
  expect((await linkStore(tenantId, table).get('all.desk', 'a_b/7'))?.link).toEqual(full);
});

test('a claim holds for two minutes of the storage’s own time, and is taken by one alone', async () => {
  let nowMs = Date.parse('2026-11-20T08:00:00Z');
  const store = linkStore(
    tenantId,
    memoryTable(() => nowMs),
  );
  const link = newLink(tenantId, 'desk', '7');
  const etag = await store.claim(link, undefined, 'one');
  await expect(store.claim(link, undefined, 'two')).rejects.toBeInstanceOf(ConflictError);
  const held = async (): Promise<boolean> => {
    const found = await store.get('desk', '7');
    return found !== undefined && isHeld(found);
  };
  nowMs += 119_000;
  expect(await held()).toBe(true);
  nowMs += 1_000;
  expect(await held()).toBe(false);
  await store.claim(link, etag, 'three');
  expect(await held()).toBe(true);
});

test('the links of an incident are found in every connection, among those of others', async () => {
  const table = memoryTable();
  const store = linkStore(tenantId, table);
  for (const targetId of ['a', 'a_b', 'all.a', 'z'])
    for (const incidentId of ['1', '2', '3'])
      await store.claim(newLink(tenantId, targetId, incidentId), undefined, 'me');
  await store.claim(newLink(tenantId, 'only-other', '9'), undefined, 'me');
  expect((await store.ofIncident('2')).map(({ link }) => link.targetId).sort()).toEqual(['a', 'a_b', 'all.a', 'z']);
});
