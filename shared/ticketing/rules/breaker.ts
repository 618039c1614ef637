import type { Link } from '../../model/link';

type Applied = Link['applied'][number];

const windowMs = 10 * 60_000;
const maxInWindow = 10;
const maxKept = 30;

/** A link's changes of late with more of them; of each field and side the newest stays, whatever its age. */
export const withApplied = (before: readonly Applied[], added: readonly Applied[]): readonly Applied[] => {
  const all = [...before, ...added];
  const newestOf = new Map(all.map((change) => [`${change.from} ${change.field}`, change]));
  return all.filter(
    (change, at) => at >= all.length - maxKept || newestOf.get(`${change.from} ${change.field}`) === change,
  );
};

/**
 * Why nothing more may cross after these changes; undefined: it may. Two sides that keep correcting each other show as more changes than
 * people make, or as one field going to and fro between the sides.
 */
export const breakerTrips = (applied: readonly Applied[], nowMs: number): string | undefined => {
  const late = applied.filter(({ atMs }) => atMs > nowMs - windowMs);
  if (late.length > maxInWindow) return `more than ${maxInWindow} changes crossed within ten minutes`;
  for (const field of new Set(late.map((change) => change.field))) {
    const [a, b, c, d] = late.filter((change) => change.field === field).slice(-4);
    if (a === undefined || b === undefined || c === undefined || d === undefined) continue;
    const takesTurns = a.from !== b.from && a.from === c.from && b.from === d.from;
    if (takesTurns && a.value !== b.value && a.value === c.value && b.value === d.value)
      return `both sides keep setting ${field} back within ten minutes`;
  }
  return undefined;
};
