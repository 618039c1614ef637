import { z } from 'zod';
import type { TicketEvent } from '../../model/ticket';
import { instant, readAs } from '../readAnswer';
import { issueShape, ownerOf, resolutionOf, stateOf } from './issue';
import { statusOfLabels } from './labels';
import { toTicketId } from './ticketId';

const ping = z.object({ hook_id: z.number(), zen: z.string() });
const hook = z.object({
  action: z.string().max(100).optional(),
  repository: z.object({ full_name: z.string().min(3).max(200) }),
  sender: z.object({ id: z.number().int(), login: z.string() }).nullish(),
  issue: issueShape.optional(),
  label: z.object({ name: z.string() }).nullish(),
  comment: z.object({ id: z.number().int(), body: z.string().nullish(), created_at: z.string() }).nullish(),
});

/** Of `issues` and `issue_comment`; of all others nothing. Which one it is, the body tells. @see https://docs.github.com/webhooks/webhook-events-and-payloads @throws ContractError */
export const fromTicket = (body: unknown): readonly TicketEvent[] => {
  if (ping.safeParse(body).success) return [];
  const { action, repository, sender, issue, label, comment } = readAs(hook, body, "GitHub's webhook");
  if (issue === undefined || (issue.pull_request !== undefined && issue.pull_request !== null)) return [];
  const version = instant(issue.updated_at, 'issue.updated_at');
  const shared = {
    ticketId: toTicketId(repository.full_name, issue.number),
    actor: sender === null || sender === undefined ? null : { id: String(sender.id), name: sender.login },
    occurredAt: version,
    version,
  };
  if (comment !== null && comment !== undefined) {
    if (action !== 'created') return [];
    const said = { id: String(comment.id), text: comment.body ?? '', visibility: 'public' as const };
    return [
      { ...shared, kind: 'commented', occurredAt: instant(comment.created_at, 'comment.created_at'), comment: said },
    ];
  }
  switch (action) {
    case 'closed': {
      const resolution = resolutionOf(issue);
      return [{ ...shared, ...stateOf(issue), kind: 'closed', ...(resolution !== null && { resolution }) }];
    }
    case 'reopened':
      return [{ ...shared, ...stateOf(issue), kind: 'reopened' }];
    case 'labeled':
    case 'unlabeled':
      // A label of a closed issue says nothing of its state.
      return issue.state === 'open' && label?.name !== undefined && statusOfLabels([label.name]) !== undefined
        ? [{ ...shared, ...stateOf(issue), kind: 'updated' }]
        : [];
    case 'assigned':
    case 'unassigned':
      return [{ ...shared, kind: 'updated', assignee: ownerOf(issue) }];
    case 'deleted':
    case 'transferred':
      return [{ ...shared, kind: 'deleted' }];
    case undefined:
    default:
      return [];
  }
};
