import { z } from 'zod';
import type { TicketSnapshot } from '../../model/ticket';
import { statusOfLabels } from './labels';

const account = z.object({ id: z.number().int(), login: z.string() });

/** Of the API and of webhooks. @see https://docs.github.com/rest/issues/issues */
export const issueShape = z.object({
  number: z.number().int(),
  html_url: z.string().nullish(),
  body: z.string().nullish(),
  state: z.string(),
  state_reason: z.string().nullish(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  assignees: z.array(account).nullish(),
  updated_at: z.string(),
  /** Issues and pull requests share numbers and lists. */
  pull_request: z.unknown().optional(),
});
export type Issue = z.output<typeof issueShape>;

export const labelNames = ({ labels }: Pick<Issue, 'labels'>): readonly string[] =>
  labels.flatMap((label) => (typeof label === 'string' ? [label] : (label.name ?? [])));

/** In our words and GitHub's: of an open issue our label that says it, else its state. */
export const stateOf = (
  issue: Pick<Issue, 'state' | 'state_reason' | 'labels'>,
): Pick<TicketSnapshot, 'status' | 'rawStatus'> => {
  if (issue.state === 'closed')
    return { status: issue.state_reason === 'not_planned' ? 'cancelled' : 'resolved', rawStatus: 'closed' };
  const said = statusOfLabels(labelNames(issue));
  return said === undefined
    ? { status: 'new', rawStatus: issue.state }
    : { status: said.status, rawStatus: said.label };
};

/** Why it was closed; null of an open one. */
export const resolutionOf = ({ state, state_reason: reason }: Pick<Issue, 'state' | 'state_reason'>): string | null =>
  state === 'closed' ? (reason ?? null) : null;

export const ownerOf = ({ assignees }: Pick<Issue, 'assignees'>): string | null => assignees?.[0]?.login ?? null;
