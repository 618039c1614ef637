import { createWritePermits, withBlock, WriteShareSpent } from '../../../shared/changes/writePermits';
import { writeWait } from '../../../shared/store/access';
import { createHeardWaits } from '../../../shared/sync/limits/heardWaits';
import { virtualClock } from '../../support/inProcessRelay';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';

const tenant = { tenantId: '88888888-8888-4888-8888-00000000000a', backend: 'defender' } as const;

const stage = () => {
  const clock = virtualClock('2026-11-20T12:00:00.000Z');
  const incidents = memoryTable(() => clock.now());
  const pauses: number[] = [];
  const instance = () => {
    const waits = createHeardWaits(clock);
    const pause = (ms: number): Promise<void> => {
      pauses.push(ms);
      clock.advance(ms);
      return Promise.resolve();
    };
    return { waits, permits: createWritePermits({ incidents, clock, pause, waits })(tenant) };
  };
  return { clock, incidents, instance, pauses };
};

const rowsOf = (incidents: MemoryTable): string[] => incidents.rows().map(({ rowKey }) => rowKey);

test('any minute and any hour hold a fifth of the limit at the most, whoever takes and whenever', async () => {
  const { clock, instance } = stage();
  const instances = [instance(), instance(), instance()];
  const taken: number[] = [];
  // Two hours of asking without rest, by three instances in turn.
  for (let at = 0; clock.elapsedMs() < 2 * 3_600_000; at += 1) {
    try {
      await instances[at % 3]!.permits.take();
      taken.push(clock.elapsedMs());
    } catch (error) {
      expect(error).toBeInstanceOf(WriteShareSpent);
      clock.advance(Math.min((error as WriteShareSpent).retryAfterMs, 7_000));
    }
  }
  const most = (windowMs: number): number =>
    Math.max(...taken.map((end, at) => taken.filter((ms, other) => other <= at && ms > end - windowMs).length));
  // Of 50 a minute and 1,500 an hour.
  expect(most(60_000)).toBeLessThanOrEqual(10);
  expect(most(3_600_000)).toBeLessThanOrEqual(300);
  // And the share is used: not much of it is lost in blocks.
  expect(taken.length).toBeGreaterThan(400);
});

test('a block costs one write of its row, and what is left of it serves the next calls', async () => {
  const { incidents, instance } = stage();
  const { permits } = instance();
  for (let calls = 0; calls < 4; calls += 1) await permits.take();
  expect(rowsOf(incidents)).toEqual(['b_defender']);
  expect(incidents.writes.singles).toBe(2);
  await permits.take();
  expect(incidents.writes.singles).toBe(3);
});

test('many that ask at once share blocks, and none takes a permit twice', async () => {
  const { incidents, instance } = stage();
  const { permits } = instance();
  const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => permits.take()));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  const taken = JSON.parse(String(incidents.rows()[0]!.taken)) as [number, number][];
  expect(taken.reduce((sum, [, calls]) => sum + calls, 0)).toBe(10);
});

test('a wait that this process heard, or that another told, is kept to', async () => {
  const { clock, incidents, instance } = stage();
  const [one, other] = [instance(), instance()];
  await other.permits.take();
  one.waits.hear(tenant.tenantId, 37_000);
  await expect(one.permits.take()).rejects.toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 37_000 });
  await writeWait(tenant.tenantId, incidents, () => 37_000, 'defender');
  clock.advance(10_000);
  await expect(other.permits.take()).rejects.toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 27_000 });
  clock.advance(27_001);
  await other.permits.take();
});

test('a short wait is sat out, a long one is told', async () => {
  const { clock, instance, pauses } = stage();
  const { permits } = instance();
  for (let calls = 0; calls < 10; calls += 1) await permits.take();
  await expect(permits.take()).rejects.toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 71_000 });
  clock.advance(70_000);
  await permits.take();
  expect(pauses).toEqual([1_000]);
});

test('a garbled row is as if nothing had been taken', async () => {
  const { incidents, instance } = stage();
  const row = { partitionKey: tenant.tenantId, rowKey: 'b_defender', taken: '{"never": "ours"' };
  await incidents.write({ kind: 'insert', row });
  await instance().permits.take();
  expect(JSON.parse(String(incidents.rows()[0]!.taken))).toHaveLength(1);
});

test('what ended an hour ago is forgotten, so that the row does not grow', () => {
  const limits = { perMinute: 150, perHour: 9_000 };
  let taken: Parameters<typeof withBlock>[0] = [];
  for (let minute = 0; minute < 300; minute += 1) taken = withBlock(taken, limits, minute * 60_000).taken;
  expect(taken.length).toBeLessThanOrEqual(62);
});
