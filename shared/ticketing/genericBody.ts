import { z } from 'zod';
import type { TicketEvent, TicketStatus } from '../model/ticket';
import { readAs } from './readAnswer';

/** What any tool may tell us, where it can write its own JSON. What else the body holds is left aside. @see docs/connectors/webhook.md */
const body = z.object({
  type: z.string(),
  ticketId: z.union([z.string().min(1), z.int()]).transform(String),
  status: z.string().optional(),
  resolution: z.string().optional(),
  classification: z.string().optional(),
  determination: z.string().optional(),
  /** The tool's id of a person. */
  assignee: z.string().nullable().optional(),
  comment: z
    .union([
      // Whoever sends a bare text means it to be read; a note for staff alone is marked, or not sent.
      z.string().transform((text) => ({ id: null, text, visibility: 'public' as const })),
      z.object({
        id: z.string().nullable().default(null),
        text: z.string(),
        visibility: z.enum(['internal', 'public']).default('internal'),
      }),
    ])
    .optional(),
  author: z
    .union([
      z.string().transform((id) => ({ id, name: null })),
      z.object({ id: z.string(), name: z.string().nullable().default(null) }),
    ])
    .nullable()
    .default(null),
  occurredAt: z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString()),
  version: z.union([z.string(), z.number()]).transform(String).nullable().default(null),
});

const kinds: Readonly<Record<string, TicketEvent['kind']>> = {
  'ticket.updated': 'updated',
  'ticket.closed': 'closed',
  'ticket.reopened': 'reopened',
  'ticket.commented': 'commented',
};

const statuses = ['new', 'inProgress', 'waiting', 'resolved', 'cancelled'] as const satisfies readonly TicketStatus[];

const ownWord = (status: string): TicketStatus | undefined => statuses.find((known) => known === status);

/**
 * What a body of the generic kind tells (design section 7); types that nobody knows tell nothing.
 * @param statusOf the tool's words for its states; what it does not know stays the tool's own word
 * @throws ContractError naming the field at fault, never its value
 */
export const fromGenericBody = (
  given: unknown,
  statusOf: (status: string) => TicketStatus | undefined = ownWord,
): readonly TicketEvent[] => {
  const { type, ticketId, status, author, occurredAt, version, ...said } = readAs(
    body,
    given,
    'The webhook of a ticket',
  );
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind === undefined) return [];
  const ownStatus = status === undefined ? undefined : statusOf(status);
  return [
    {
      ticketId,
      kind,
      actor: author,
      occurredAt,
      version,
      ...(status === undefined ? {} : { rawStatus: status }),
      ...(ownStatus === undefined ? {} : { status: ownStatus }),
      ...without(said),
    },
  ];
};

type Said = Pick<z.output<typeof body>, 'resolution' | 'classification' | 'determination' | 'assignee' | 'comment'>;
type Told = { -readonly [Key in keyof Said]?: Exclude<Said[Key], undefined> };

/** Without the keys that nothing was said of. */
const without = (said: Said): Told =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
