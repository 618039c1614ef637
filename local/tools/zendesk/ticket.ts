/** As Zendesk keeps it. */
export interface ZendeskComment {
  readonly id: number;
  readonly author_id: number;
  readonly html_body: string;
  readonly plain_body: string;
  readonly public: boolean;
  readonly created_at: string;
}

export interface ZendeskTicket {
  readonly id: number;
  readonly created_at: string;
  updated_at: string;
  external_id: string | null;
  subject: string;
  status: string;
  priority: string | null;
  type: string | null;
  assignee_id: number | null;
  tags: readonly string[];
  custom_fields: { readonly id: number; readonly value: string | null }[];
  /** The other properties callers may write. */
  readonly others: Record<string, unknown>;
  /** The first one is the description. */
  readonly comments: ZendeskComment[];
  writes: number;
  isDeleted: boolean;
}

export const statuses = ['new', 'open', 'pending', 'hold', 'solved', 'closed'] as const;
export const priorities = ['low', 'normal', 'high', 'urgent'] as const;
export const types = ['problem', 'incident', 'question', 'task'] as const;
export const idProperties = [
  'group_id',
  'organization_id',
  'requester_id',
  'brand_id',
  'ticket_form_id',
  'problem_id',
  'custom_status_id',
] as const;

export const maxSubject = 150;
export const maxComment = 65_535;

/** A ticket as the API shows it. */
export const shown = (ticket: ZendeskTicket, base: string): Record<string, unknown> => ({
  id: ticket.id,
  url: `${base}/api/v2/tickets/${ticket.id}.json`,
  external_id: ticket.external_id,
  created_at: ticket.created_at,
  updated_at: ticket.updated_at,
  subject: ticket.subject,
  raw_subject: ticket.subject,
  description: ticket.comments[0]?.plain_body ?? '',
  status: ticket.status,
  priority: ticket.priority,
  type: ticket.type,
  assignee_id: ticket.assignee_id,
  tags: ticket.tags,
  custom_fields: ticket.custom_fields,
  via: { channel: 'api' },
  ...ticket.others,
});
