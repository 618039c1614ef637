import fc from 'fast-check';
import type { JournalEntry } from '../../../shared/model/conflict';
import { findEntry, journalRowKey, readJournal, toJournalRow } from '../../../shared/store/journal';
import { memoryTable } from '../../support/memoryTable';

const tenantId = '88888888-8888-4888-8888-00000000000a';
const entry = (change: Partial<JournalEntry> = {}): JournalEntry => ({
  ...{ entryId: 'e1', tenantId, incidentId: '42', targetId: 'all.tickets', kind: 'overruled', field: 'status' },
  ...{ at: '2026-11-20T11:00:00.000Z', value: 'active', holds: 'resolved', side: 'ticket', actor: null },
  ...{ because: 'Defender owns it.', state: 'noted', decidedBy: null, decidedAt: null },
  ...change,
});
const stored = async (...entries: JournalEntry[]) => {
  const table = memoryTable();
  for (const each of entries) await table.write({ kind: 'insert', row: toJournalRow(each) });
  return table;
};

test('what is written is read, newest first, of this incident alone', async () => {
  const older = entry({ entryId: 'e1', at: '2026-11-20T11:00:00.000Z' });
  const change = { status: 'resolved', classification: null };
  const newer = entry({ entryId: 'e2', at: '2026-11-20T11:00:00.001Z', kind: 'proposal', state: 'open', change });
  const others = [entry({ incidentId: '4' }), entry({ incidentId: '421' }), entry({ incidentId: '42_1' })];
  const table = await stored(older, newer, ...others);
  expect(await readJournal(tenantId, '42', table)).toEqual([newer, older]);
  expect((await findEntry(tenantId, '42', 'e1', table))?.entry).toEqual(older);
  expect(await findEntry(tenantId, '4', 'e2', table)).toBeUndefined();
});

test('the newest 200 are read, whatever there is', async () => {
  const at = (n: number): string => new Date(Date.parse('2026-11-20T11:00:00Z') + n).toISOString();
  const table = memoryTable();
  table.fill(Array.from({ length: 450 }, (_, n) => toJournalRow(entry({ entryId: `e${n}`, at: at(n) }))));
  const read = await readJournal(tenantId, '42', table);
  expect(read).toHaveLength(200);
  expect([read[0]!.entryId, read.at(-1)!.entryId]).toEqual(['e449', 'e250']);
});

test('a row that somebody garbled is left out, and hides no other', async () => {
  const table = await stored(entry());
  const row = { ...toJournalRow(entry({ entryId: 'e2' })), state: 'maybe' };
  table.fill([row, { ...toJournalRow(entry({ entryId: 'e3' })), change: '{"status"' }]);
  expect((await readJournal(tenantId, '42', table)).map(({ entryId }) => entryId)).toEqual(['e1']);
});

test('any id and any text makes a row that Azure takes, and is the same after it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 64 }),
      async (incidentId, text) => {
        const given = entry({ incidentId, entryId: 'x1', value: text, because: text });
        const table = await stored(given);
        expect(await readJournal(tenantId, incidentId, table)).toEqual([given]);
      },
    ),
  );
});

test('a text that is longer than a page shows is cut', async () => {
  const table = await stored(entry({ value: 'x'.repeat(100_000) }));
  expect((await readJournal(tenantId, '42', table))[0]!.value!.length).toBeLessThanOrEqual(4_000);
});

test('the same entry has the same key, so that a repeated batch writes it once', () => {
  expect(journalRowKey(entry())).toBe(journalRowKey(entry({ state: 'reversed', value: 'other' })));
});
