import type { Access } from '../../../shared/model/access';
import { readAccess, readAccessNow, writeAccess, writeWait } from '../../../shared/store/access';
import { faultyTable } from '../../support/faultyTable';
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

describe('a wait', () => {
  const startMs = Date.parse('2026-11-20T08:00:00.000Z');
  const ms = (left: number) => () => left;

  test('stands in the row as a moment of the storage’s clock, also where there was no row', async () => {
    const table = memoryTable(() => startMs);
    await writeWait(tenantId, table, ms(60_000), 'defender');
    const { access, nowMs } = await readAccessNow(tenantId, table, 'defender');
    expect(access).toMatchObject({ state: 'pending', blockedUntil: '2026-11-20T08:01:00.000Z' });
    expect(nowMs).toBe(startMs);
    expect(await readAccessNow(tenantId, table, 'reader')).toMatchObject({ nowMs: undefined });
  });

  test('changes nothing else in the row, and is written only where it is the longest', async () => {
    const table = memoryTable(() => startMs);
    await writeAccess(tenantId, table, granted);
    await writeWait(tenantId, table, ms(3_600_000));
    const { singles } = table.writes;
    await writeWait(tenantId, table, ms(5_000));
    expect(table.writes.singles).toBe(singles);
    expect(await readAccess(tenantId, table)).toEqual({ ...granted, blockedUntil: '2026-11-20T09:00:00.000Z' });
  });

  test('is not ended by what a run found out that began before', async () => {
    const table = memoryTable(() => startMs);
    await writeAccess(tenantId, table, granted);
    await writeWait(tenantId, table, ms(60_000));
    const kept = { ...granted, blockedUntil: '2026-11-20T08:01:00.000Z' };
    expect(await writeAccess(tenantId, table, granted)).toEqual(kept);
    expect(await readAccess(tenantId, table)).toEqual(kept);
    await writeAccess(tenantId, table, blocked);
    expect(await readAccess(tenantId, table)).toEqual({
      ...blocked,
      blockedUntil: '2026-11-20T08:01:00.000Z',
      throttledUntil: '2026-11-20T08:01:00.000Z',
    });
  });

  test('outlasts any number of instances that write at once', async () => {
    const table = memoryTable(() => startMs);
    const waits = [4, 60, 3, 9, 2].map((minutes) => writeWait(tenantId, table, ms(minutes * 60_000)));
    await Promise.all([...waits, writeAccess(tenantId, table, granted), writeAccess(tenantId, table, granted)]);
    expect(await readAccess(tenantId, table)).toMatchObject({ blockedUntil: '2026-11-20T09:00:00.000Z' });
  });

  test('is told all the same where the answer to its write was lost and it is written again', async () => {
    const table = memoryTable(() => startMs);
    await writeAccess(tenantId, table, granted);
    const faulty = faultyTable(table, { count: 0, at: 2, when: 'after' });
    await expect(writeWait(tenantId, faulty, ms(60_000))).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    await writeWait(tenantId, faulty, ms(60_000));
    expect(await readAccess(tenantId, table)).toEqual({ ...granted, blockedUntil: '2026-11-20T08:01:00.000Z' });
  });
});
