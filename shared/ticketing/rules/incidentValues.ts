import type { SyncedField } from '../../model/connection';
import { oneDetermination } from '../../model/determination';
import type { IncidentHeader } from '../../model/incident';
import { oneStatus } from './status';

export type IncidentValues = Readonly<Record<SyncedField, string | null>>;

/** "None" has five spellings. */
const given = (text: string | null): string | null =>
  text === null || /^\s*(?:none|null)?\s*$/i.test(text) ? null : text;

const lowerFirst = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;

/** A verdict nobody gave is `unknown` on one page and null on the next. */
const verdict = (text: string | null): string | null => {
  const word = given(text);
  return word === null || word.toLowerCase() === 'unknown' ? null : lowerFirst(word);
};

/** What both sides keep of an incident, each value in one spelling, so that equal ones are equal texts; null: none. */
export const incidentValues = (
  header: Pick<IncidentHeader, 'status' | 'classification' | 'determination' | 'assignedTo'>,
): IncidentValues => {
  const determination = verdict(header.determination);
  const status = given(header.status);
  return {
    status: status === null ? null : oneStatus(status),
    classification: verdict(header.classification),
    determination: determination === null ? null : oneDetermination(determination),
    assignedTo: given(header.assignedTo),
  };
};
