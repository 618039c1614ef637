/** `2026-11-21 12:51:03 UTC`; what is no time stays as it is. */
export const when = (iso: string | null | undefined): string | undefined => {
  if (iso === null || iso === undefined) return undefined;
  // A first reading has no lower edge.
  if (iso.startsWith('0001-')) return 'the beginning';
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC` : iso;
};

/** `in 59 min`, `3 d ago`; of seconds since 1970. */
export const relative = (epochSeconds: number, nowMs: number): string => {
  const seconds = Math.round(epochSeconds - nowMs / 1000);
  const span = spanOf(Math.abs(seconds));
  return seconds >= 0 ? `in ${span}` : `${span} ago`;
};

const spanOf = (seconds: number): string => {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
};
