import type { Time7 } from '../model/time7';
import { beginning } from '../model/time7';

export interface FilterTerms {
  /** The API's name of the time field. */
  readonly time: string;
  /** Inclusive; `beginning` for all there is. */
  readonly from: Time7;
  /** Inclusive; undefined: open. */
  readonly to: Time7 | undefined;
  readonly status: string | undefined;
}

/** The `$filter` parameter, percent-encoded, or none where everything is asked for. Times stand unquoted, texts quoted. */
export const odataFilter = ({ time, from, to, status }: FilterTerms): readonly string[] => {
  const conditions = [
    ...(from === beginning ? [] : [`${time} ge ${from}`]),
    ...(to === undefined ? [] : [`${time} le ${to}`]),
    ...(status === undefined ? [] : [`status eq '${status.replaceAll("'", "''")}'`]),
  ];
  return conditions.length === 0 ? [] : [`$filter=${encodeURIComponent(conditions.join(' and '))}`];
};
