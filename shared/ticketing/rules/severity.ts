import type { Severity } from '../../model/connection';
import { severities } from '../../model/connection';

/** Its place in `severities`; what is unknown (or withheld) ranks as high, so that nothing grave goes by unseen. */
export const rankOf = (severity: string | null): number => {
  const place = severities.indexOf((severity ?? '').toLowerCase() as Severity);
  return place === -1 ? severities.indexOf('high') : place;
};

export const isHigh = (severity: string | null): boolean => rankOf(severity) >= severities.indexOf('high');

/** Whether an incident of this severity may be closed by a ticket alone. */
export const isUpTo = (severity: string | null, upTo: Severity | 'none'): boolean =>
  upTo !== 'none' && rankOf(severity) <= severities.indexOf(upTo);
