import { purgeInbox } from '../../../shared/purge/purgeInbox';
import type { InboxEntry } from '../../../shared/store/inbox';
import { eraseInbox, inbox } from '../../../shared/store/inbox';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';

let storage: AzuriteStorage;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.stop());

const entryOf = (blob: string, receivedAt = '2026-11-20T08:00:00.000Z'): InboxEntry => ({
  ...{ scope: 'tenant', connectionId: 'desk', isWeak: false, deliveryId: null },
  blob,
  receivedAt,
});

test('of many that come at once one is new, by whichever mark, and the others learn which', async () => {
  const store = inbox(storage.inbox);
  const added = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      store.add('hook-a', ['content 1', `delivery ${at % 2}`], entryOf(`blob${at}`)),
    ),
  );
  expect(added.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(added.map(({ inboxKey }) => inboxKey)).size).toBe(1);
  const found = await store.find(added[0]?.inboxKey ?? '');
  expect(found).toMatchObject({ scope: 'tenant', connectionId: 'desk', isDone: false });
  expect(added[Number(found?.blob.slice(4))]?.isNew).toBe(true);
});

test('a mark that is taken keeps all of the delivery out; another hook’s marks are its own', async () => {
  const store = inbox(storage.inbox);
  await store.add('hook-b', ['content 1', 'delivery x'], entryOf('first'));
  const second = await store.add('hook-b', ['content 2', 'delivery x'], entryOf('second'));
  expect([second.isNew, await store.find(second.inboxKey)]).toEqual([false, undefined]);
  expect(await store.seen('hook-b', ['content 2'])).toBe(false);
  expect(await store.seen('hook-b', ['content 3', 'delivery x'])).toBe(true);
  expect(await store.seen('hook-c', ['content 1', 'delivery x'])).toBe(false);
});

test('done is done once, and keys of no form of ours are nothing', async () => {
  const store = inbox(storage.inbox);
  const { inboxKey } = await store.add('hook-d', ['content 1'], entryOf('d'));
  await Promise.all([store.done(inboxKey), store.done(inboxKey)]);
  expect(await store.find(inboxKey)).toMatchObject({ isDone: true });
  for (const key of ['', 'x', `${inboxKey}0`, inboxKey.toUpperCase(), "' or 1 eq 1", '../..']) {
    expect(await store.find(key)).toBeUndefined();
    await store.done(key.replace(/[^a-z0-9_]/g, '') || 'none');
  }
});

test('of many copies of a hint one has the next, and none of what is done', async () => {
  const store = inbox(storage.inbox);
  const { inboxKey } = await store.add('hook-w', ['content 1'], entryOf('w'));
  for (const turn of [0, 1, 2]) {
    const dueAt = `2026-11-20T08:0${turn}:00.000Z`;
    const turns = await Promise.all(Array.from({ length: 10 }, () => store.wait(inboxKey, turn, dueAt)));
    expect(turns.filter((next) => next !== undefined)).toEqual([turn + 1]);
    for await (const page of store.open())
      expect(page.find((entry) => entry.inboxKey === inboxKey)).toMatchObject({ turn: turn + 1, dueAt, asked: 0 });
  }
  await store.done(inboxKey);
  expect(await store.wait(inboxKey, 3, '2026-11-20T08:03:00.000Z')).toBeUndefined();
});

test('retention takes what is older, rows and blobs, and tells what nobody took in', async () => {
  const store = inbox(storage.inbox);
  const hook = 'hook-e';
  const old = await Promise.all(
    Array.from({ length: 130 }, async (_, at) => {
      await storage.received.put(`old/${at}`, Buffer.from('{}'));
      return store.add(hook, [`content ${at}`, `delivery ${at}`], entryOf(`old/${at}`, '2026-11-01T08:00:00.000Z'));
    }),
  );
  await storage.received.put('young', Buffer.from('{}'));
  const young = await store.add(hook, ['content young'], entryOf('young', '2026-11-19T08:00:00.000Z'));
  for (const { inboxKey } of old.slice(1)) await store.done(inboxKey);
  const errors: unknown[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (...given: unknown[]) => void errors.push(given) };
  const purged = await purgeInbox({ inbox: store, received: storage.received, log }, '2026-11-06T00:00:00.000Z');
  expect(purged).toEqual({ rows: 260 });
  expect(errors).toEqual([['webhooks were never taken in and are deleted now', { count: 1 }]]);
  expect(await store.find(young.inboxKey)).toBeDefined();
  expect(await store.find(old[7]?.inboxKey ?? '')).toBeUndefined();
  expect([await storage.received.get('old/7'), (await storage.received.get('young'))?.length]).toEqual([undefined, 2]);
  expect(await purgeInbox({ inbox: store, received: storage.received, log }, '2026-11-06T00:00:00.000Z')).toEqual({
    rows: 0,
  });
});

test('of one scope all is erased, rows, marks, hints and blobs, and nothing of another; broken off it is done again', async () => {
  const store = inbox(storage.inbox);
  const mine = '11111111-0000-4000-8000-000000000000';
  const add = async (hook: string, scope: string, at: number) => {
    await storage.received.put(`${scope}/${at}`, Buffer.from('{}'));
    return store.add(hook, [`content ${at}`, `delivery ${at}`], { ...entryOf(`${scope}/${at}`), scope });
  };
  for (let at = 0; at < 5; at += 1) await add(`hook-${at % 2}-mine`, mine, at);
  const other = await add('hook-other', 'other', 1);
  let left = 3;
  const cut = async (name: string): Promise<void> => {
    if ((left -= 1) < 0) throw new Error('cut');
    await storage.received.delete(name);
  };
  await expect(eraseInbox(storage.inbox, mine, cut)).rejects.toThrow('cut');
  const erased = await eraseInbox(storage.inbox, mine, (name) => storage.received.delete(name));
  expect(erased.blobs).toBeGreaterThanOrEqual(2);
  for (let at = 0; at < 5; at += 1) {
    expect(await storage.received.get(`${mine}/${at}`)).toBeUndefined();
    expect(await store.seen(`hook-${at % 2}-mine`, [`content ${at}`, `delivery ${at}`])).toBe(false);
  }
  for await (const page of store.open()) expect(page.filter(({ scope }) => scope === mine)).toEqual([]);
  expect(await store.find(other.inboxKey)).toMatchObject({ scope: 'other' });
  expect((await storage.received.get('other/1'))?.toString()).toBe('{}');
  expect(await eraseInbox(storage.inbox, mine, () => Promise.resolve())).toEqual({ rows: 0, blobs: 0 });
});
