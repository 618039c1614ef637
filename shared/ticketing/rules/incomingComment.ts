import { targetIdOf } from '../../model/connection';
import type { LinkedTicket } from '../../model/link';
import type { TicketEvent } from '../../model/ticket';
import type { InboundInput } from './inboundPlan';
import { marked, withoutMarkers, writeIdsIn } from '../../model/marker';
import { isInternal, isTagged, tagOf, writeIdOf } from './writeId';
import { listOf, textOf } from './paths';
import { oneLine, plainText } from '../../model/plainText';

const maxText = 3_000;

/** A comment on its way into Defender. */
export interface IncomingComment {
  readonly writeId: string;
  readonly text: string;
}

/** A ticket's comment as Defender gets it; a word where it does not cross. */
export const incomingComment = (
  input: InboundInput,
  ticket: LinkedTicket,
): IncomingComment | 'echo' | 'old' | 'none' => {
  const { connection, event, link, live } = input;
  const { comment } = event;
  if (comment === undefined) return 'none';
  const given = plainText(comment.text, comment.text.length);
  const ids = writeIdsIn(given);
  const text = withoutMarkers(given);
  if (isOwnComment(input, ids, text)) return 'echo';
  const { comments: which } = connection.inbound;
  if (text === '' || which === 'none' || (which === 'public' && comment.visibility === 'internal')) return 'none';
  // Who quotes a note of another tool's staff does not make it public.
  const origin = comment.visibility === 'internal' || ids.some(isInternal) ? 'i' : 'p';
  const kind = comment.visibility === 'internal' ? 'internal note' : 'comment';
  const head = `${ticket.number}, ${kind} of ${personOf(event)}, ${event.occurredAt}:`;
  const rendered = plainText(`${head}\n${text}`, maxText);
  const tag = tagOf('toDefender', targetIdOf(connection));
  const [name, ...others] = namesOf(input, comment.id, text, rendered);
  const writeId = writeIdOf(origin, tag, name);
  const there = new Set([
    ...link.comments,
    ...listOf(live.body.comments).flatMap((shown) => writeIdsIn(textOf(shown, 'comment') ?? '')),
  ]);
  const isThere = [name, ...others].some((each) => there.has(writeIdOf(origin, tag, each)));
  return isThere ? 'old' : { writeId, text: marked(rendered, writeId) };
};

const secondMs = 1_000;
/** A tool may stamp comment and ticket one after the other. */
const nearSeconds = [-2, -1, 1, 2];

/**
 * What makes a comment this very one, by the first of which it is remembered; the same whether a webhook tells of it or the tool lists it, and
 * so not always as it is shown.
 */
const namesOf = (
  { connection, event: { ticketId, actor, occurredAt } }: InboundInput,
  id: string | null,
  text: string,
  rendered: string,
): readonly [string, ...string[]] => {
  // Whoever writes a body of their own may call anything its id; and nobody lists what they have.
  if (connection.tool === 'webhook') return [rendered];
  if (id !== null) return [`${ticketId} ${id}`];
  const atSecond = Math.floor(Date.parse(occurredAt) / secondMs);
  const at = (seconds: number): string => `${ticketId} ${actor?.id ?? ''} ${atSecond + seconds} ${text}`;
  return [at(0), ...nearSeconds.map(at)];
};

/** A sentence of our own for Defender; where a change comes from is nobody's business but Defender's. */
export const noteForDefender = ({ connection }: InboundInput, text: string): IncomingComment => {
  const plain = plainText(text, maxText);
  const writeId = writeIdOf('i', tagOf('toDefender', targetIdOf(connection)), plain);
  return { writeId, text: marked(plain, writeId) };
};

/** Whoever did it, for people. */
export const personOf = ({ actor }: TicketEvent): string =>
  actor === null ? 'someone' : oneLine(actor.name ?? actor.id, 200);

/**
 * A marker of ours alone proves nothing, because people quote: it counts where the tool does not say who wrote, or where the text is
 * the very one we wrote under it.
 */
const isOwnComment = (
  { connection, event, link, ownAccount }: InboundInput,
  ids: readonly string[],
  text: string,
): boolean => {
  const tag = tagOf('toTicket', targetIdOf(connection));
  const known = ids.filter((id) => isTagged(id, tag) || link.comments.includes(id));
  if (known.length === 0) return false;
  return event.actor === null || ownAccount === null || known.includes(writeIdOf('p', tag, text));
};
