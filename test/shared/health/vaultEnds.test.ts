import { UpstreamError } from '../../../shared/errors';
import { createVaultEnds } from '../../../shared/health/vaultEnds';

const opened = (answers: (string | null | Error)[]) => {
  let nowMs = 0;
  let asked = 0;
  const endOf = (): Promise<string | null> => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? null;
    asked += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const ends = createVaultEnds({ endOf }, { elapsedMs: () => nowMs });
  return {
    look: () => ends.endOf('secret', 'name'),
    advance: (ms: number) => (nowMs += ms),
    asked: () => asked,
  };
};
const away = new UpstreamError('the vault is away');

test('the vault is asked once an hour, however many look', async () => {
  const { look, advance, asked } = opened(['2027-01-01T00:00:00.000Z', '2028-01-01T00:00:00.000Z']);
  expect(await Promise.all([look(), look(), look()])).toEqual(Array(3).fill('2027-01-01T00:00:00.000Z'));
  advance(3_599_999);
  expect(await look()).toBe('2027-01-01T00:00:00.000Z');
  expect(asked()).toBe(1);
  advance(1);
  expect(await look()).toBe('2028-01-01T00:00:00.000Z');
});

test('while it is away the last that was known is told, and it is asked again after a minute', async () => {
  const { look, advance, asked } = opened(['2027-01-01T00:00:00.000Z', away, null]);
  await look();
  advance(3_600_000);
  expect(await look()).toBe('2027-01-01T00:00:00.000Z');
  expect(await look()).toBe('2027-01-01T00:00:00.000Z');
  expect(asked()).toBe(2);
  advance(60_000);
  expect(await look()).toBeNull();
});

test('where it never told, nothing is claimed', async () => {
  expect(await opened([away]).look()).toBeUndefined();
});
