import { toTime7 } from '../../model/time7';

/** Negative where `a` is older. Versions are whole numbers of any length, times, or texts that sort by themselves. */
export const compareVersions = (a: string, b: string): number => {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return order(BigInt(a), BigInt(b));
  const [timeA, timeB] = [toTime7(a), toTime7(b)];
  return timeA !== undefined && timeB !== undefined ? order(timeA, timeB) : order(a, b);
};

const order = <Value extends bigint | string>(a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0);
