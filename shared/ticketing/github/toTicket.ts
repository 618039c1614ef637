import { TargetError } from '../../errors';
import type { TicketChange, TicketContent, TicketStatus } from '../../model/ticket';
import type { Issue } from './issue';
import { labelNames } from './issue';
import { keyLabel, labelsOf, ourLabel, toLabel } from './labels';
import { toBody, toTitle, withDescription } from './text';

type Json = Readonly<Record<string, unknown>>;

/** An issue as it is made; it is open whatever its state is to be. */
export const toNewIssue = (content: TicketContent): Json => {
  const { labels, ...fields } = toFields(content.fields);
  return {
    ...fields,
    title: toTitle(content.title),
    body: toBody(content.key, content.description, content.incidentUrl),
    labels: labelsOf([ourLabel, keyLabel(content.key), ...labels], content),
    ...(content.assignee !== undefined && { assignees: [content.assignee] }),
  };
};

/** Whether a change touches what has to be read before it is written: labels and text hold what others wrote, too. */
export const needsIssue = ({ status, severity, tags, description, fields }: TicketChange): boolean =>
  [status, severity, tags, description, fields].some((part) => part !== undefined);

/** All that changes but comments, in one call; undefined where that is nothing. */
export const toIssueUpdate = (change: TicketChange, now: Issue | undefined): Json | undefined => {
  const { labels: more, ...fields } = toFields(change.fields ?? {});
  const update = {
    ...fields,
    ...(change.title !== undefined && { title: toTitle(change.title) }),
    ...(change.description !== undefined && { body: withDescription(now?.body ?? '', change.key, change.description) }),
    ...(now !== undefined && { labels: labelsOf([...labelNames(now), ...more], change) }),
    ...(change.assignee !== undefined && { assignees: change.assignee === null ? [] : [change.assignee] }),
    ...(change.status !== undefined && toState(change.status, change)),
  };
  return Object.keys(update).length === 0 ? undefined : update;
};

/** Why an issue may be closed. @see https://docs.github.com/rest/issues/issues#update-an-issue */
const reasons = new Set(['completed', 'not_planned', 'duplicate']);

export const toState = (
  status: TicketStatus,
  { closeCode, duplicateOf }: Pick<TicketChange, 'closeCode' | 'duplicateOf'>,
): Json => {
  // GitHub takes the reason only where the state changes.
  if (status !== 'resolved' && status !== 'cancelled') return { state: 'open' };
  const usual = duplicateOf !== undefined ? 'duplicate' : status === 'cancelled' ? 'not_planned' : 'completed';
  return { state: 'closed', state_reason: closeCode !== undefined && reasons.has(closeCode) ? closeCode : usual };
};

/** `labels` (comma between), `milestone` (its number), `type` (its name). @throws TargetError for any other */
const toFields = (given: Readonly<Record<string, string>>): Json & { readonly labels: readonly string[] } => {
  const { labels = '', milestone, type, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new TargetError(
      `GitHub has no field ${JSON.stringify(unknown.slice(0, 60))}: use labels, milestone or type`,
      'refused',
      null,
    );
  if (milestone !== undefined && !/^\d{1,9}$/.test(milestone))
    throw new TargetError('mapping.fields.milestone has to be the number of a milestone', 'refused', null);
  return {
    labels: labels.split(',').flatMap((label) => (label.trim() === '' ? [] : [toLabel(label)])),
    ...(milestone !== undefined && { milestone: Number(milestone) }),
    ...(type !== undefined && type.trim() !== '' && { type: toLabel(type) }),
  };
};
