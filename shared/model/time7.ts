import { ContractError } from '../errors';

/**
 * An instant in the one form times are compared in: UTC with exactly seven fraction digits, `2026-11-19T08:12:03.6266667Z`.
 * Two of them compare as strings. Defender sends zero to seven digits, a `Date` drops the last four, and raw strings sort wrongly
 * (`57.3Z` after `57.3000001Z`), so nothing else may be compared.
 */
export type Time7 = string & { readonly time7: true };

/** Before anything Defender could show. */
export const beginning = '0001-01-01T00:00:00.0000000Z' as Time7;

const shape = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** The normal form of `text`, or undefined where it is not an ISO 8601 instant (`2025-07-03T12:16:01+053088Z` was seen). */
export const toTime7 = (text: unknown): Time7 | undefined => {
  if (typeof text !== 'string') return undefined;
  const match = shape.exec(text);
  if (!match) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const wholeSeconds = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(wholeSeconds)) return undefined;
  const inUtc = zone === 'Z' ? seconds : new Date(wholeSeconds).toISOString().slice(0, 19);
  return `${inUtc}.${fraction.slice(0, 7).padEnd(7, '0')}Z` as Time7;
};

/** @throws ContractError naming `field` where `text` is no instant. */
export const mustBeTime7 = (text: unknown, field: string): Time7 => {
  const time = toTime7(text);
  if (time === undefined) throw new ContractError(`${field} is not a time`);
  return time;
};

const ticksPerMs = 10_000n;

/** 100-nanosecond steps since 1970. */
export const toTicks = (time: Time7): bigint =>
  BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * ticksPerMs + BigInt(time.slice(20, 27));

export const fromTicks = (ticks: bigint): Time7 => {
  const fraction = ((ticks % 10_000_000n) + 10_000_000n) % 10_000_000n;
  const seconds = new Date(Number((ticks - fraction) / ticksPerMs)).toISOString().slice(0, 19);
  return `${seconds}.${fraction.toString().padStart(7, '0')}Z` as Time7;
};

export const minusMinutes = (time: Time7, minutes: number): Time7 =>
  fromTicks(toTicks(time) - BigInt(minutes) * 600_000_000n);

/** The next representable instant. */
export const justAfter = (time: Time7): Time7 => fromTicks(toTicks(time) + 1n);

/** The last representable instant before; `beginning` has none and stays. */
export const justBefore = (time: Time7): Time7 => (time === beginning ? time : fromTicks(toTicks(time) - 1n));

/** The instant half way; both in order. */
export const middleOf = (from: Time7, to: Time7): Time7 => fromTicks((toTicks(from) + toTicks(to)) / 2n);

export const latest = (a: Time7 | undefined, b: Time7): Time7 => (a !== undefined && a > b ? a : b);

/** An HTTP `Date` header as Time7, or undefined: servers' clocks state coverage, ours decides nothing. */
export const fromHttpDate = (header: string | undefined): Time7 | undefined => {
  const ms = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? undefined : toTime7(new Date(ms).toISOString());
};
