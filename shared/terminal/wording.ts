/** `1,234` */
export const number = (value: number): string => value.toLocaleString('en-US');

/** `1 incident`, `40 incidents` */
export const counted = (value: number, noun: string): string => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** How long ago, in one unit: `34 s`, `12 min`, `5 h`, `3 d`. */
export const age = (iso: string | null, nowMs: number): string => {
  const ms = iso === null ? Number.NaN : nowMs - Date.parse(iso);
  if (Number.isNaN(ms)) return '-';
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
};

/** `0.8 s`, `12 s`, `3 min 20 s` */
export const seconds = (ms: number): string => {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

/** `00:41:07 UTC`; with the date where that is not today's. */
export const utc = (iso: string, nowMs: number): string => {
  const time = `${iso.slice(11, 19)} UTC`;
  return iso.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10) ? time : `${iso.slice(0, 10)} ${time}`;
};

/** `consentMissing` as `consent missing`. */
export const words = (camelCase: string): string =>
  camelCase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
