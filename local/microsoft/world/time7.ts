/** Moments as 100 ns ticks since the Unix epoch: what Defender's seven fraction digits hold and a JavaScript number cannot. */
export type Ticks = bigint;

/** The only source of time in the simulated cloud; its answers never go back. */
export type Clock = () => Ticks;

export const TICKS_PER_MS = 10_000n;
export const TICKS_PER_SECOND = 10_000_000n;

const shape = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?Z$/;

/** Ticks of an ISO 8601 UTC time with 0 to 7 fraction digits; undefined for anything else, impossible dates included. */
export function parseTime7(text: string): Ticks | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const whole = `${text.slice(0, 19)}.000Z`;
  const epochMs = Date.parse(whole);
  // Date.parse rolls 30 February over to March; a round trip tells.
  if (Number.isNaN(epochMs) || new Date(epochMs).toISOString() !== whole) return undefined;
  return BigInt(epochMs) * TICKS_PER_MS + BigInt((match[7] ?? '').padEnd(7, '0'));
}

/** ISO 8601 UTC with exactly seven fraction digits. */
export function formatTime7(ticks: Ticks): string {
  const fraction = (ticks % TICKS_PER_SECOND).toString().padStart(7, '0');
  return `${wholeSeconds(ticks)}.${fraction}Z`;
}

/** ISO 8601 UTC as Defender writes it: trailing zeros of the fraction dropped, so 0 to 7 digits. */
export function formatTimeTrimmed(ticks: Ticks): string {
  const fraction = (ticks % TICKS_PER_SECOND).toString().padStart(7, '0').replace(/0+$/, '');
  return fraction === '' ? `${wholeSeconds(ticks)}Z` : `${wholeSeconds(ticks)}.${fraction}Z`;
}

/** RFC 9110 date, whole seconds. */
export function formatHttpDate(ticks: Ticks): string {
  return new Date(Number(ticks / TICKS_PER_MS)).toUTCString();
}

export function toEpochSeconds(ticks: Ticks): number {
  return Number(ticks / TICKS_PER_SECOND);
}

/** The machine's clock with sub-millisecond digits, strictly increasing within the process. */
export function createSystemClock(): Clock {
  let last = 0n;
  return () => {
    const now = BigInt(Date.now()) * TICKS_PER_MS + ((process.hrtime.bigint() / 100n) % TICKS_PER_MS);
    last = now > last ? now : last + 1n;
    return last;
  };
}

function wholeSeconds(ticks: Ticks): string {
  return new Date(Number(ticks / TICKS_PER_MS)).toISOString().slice(0, 19);
}
