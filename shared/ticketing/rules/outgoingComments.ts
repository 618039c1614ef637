import type { JsonObject } from '../../model/incident';
import type { Link } from '../../model/link';
import type { Connection } from '../../model/connection';
import { targetIdOf } from '../../model/connection';
import type { OutgoingComment } from '../../model/ticket';
import { toTime7 } from '../../model/time7';
import { marked, withoutMarkers, writeIdsIn } from '../../model/marker';
import { isInternal, isTagged, tagOf, writeIdOf } from './writeId';
import { listOf, textOf } from './paths';
import { oneLine, plainText } from '../../model/plainText';

/** So many of the newest are looked at; a link remembers more than that, so that none is sent again. */
const considered = 80;
const maxText = 8_000;

/** Defender's comments that have to go into this link's ticket, oldest first. `body` is what may leave. */
export const outgoingComments = (connection: Connection, body: JsonObject, link: Link): readonly OutgoingComment[] => {
  const known = new Set(link.comments);
  return crossing(connection, body).filter(
    ({ writeId }, at, all) => !known.has(writeId) && all.findIndex((other) => other.writeId === writeId) === at,
  );
};

/** A sentence of our own for a ticket, known again by its text, or by `name` where the same may be said in other words. */
export const ownNote = (connection: Connection, text: string, name?: string): OutgoingComment => {
  const plain = plainText(text, maxText);
  const writeId = writeIdOf('p', tagOf('toTicket', targetIdOf(connection)), name ?? plain);
  return { writeId, text: marked(plain, writeId), visibility: connection.outbound.as };
};

const crossing = (connection: Connection, body: JsonObject): readonly OutgoingComment[] => {
  const { comments: which } = connection.outbound;
  if (which === 'none') return [];
  return listOf(body.comments)
    .map((comment) => ({
      text: textOf(comment, 'comment') ?? '',
      by: textOf(comment, 'createdByDisplayName', 'createdBy') ?? '',
      at: textOf(comment, 'createdDateTime', 'createdTime') ?? '',
    }))
    .filter(({ text }) => text.trim() !== '' && mayCross(text, connection))
    .sort((a, b) => byTime(a.at, b.at))
    .slice(-considered)
    .map(({ text, by, at }) => ownNote(connection, rendered(withoutMarkers(text), by, at)));
};

/** A marked comment came from a ticket: never back into its own connection, never into another if it was for that tool's staff alone. */
const mayCross = (text: string, connection: Connection): boolean => {
  const ids = writeIdsIn(text);
  if (ids.length === 0) return true;
  const own = tagOf('toDefender', targetIdOf(connection));
  return connection.outbound.comments === 'all' && !ids.some((id) => isInternal(id) || isTagged(id, own));
};

const rendered = (text: string, by: string, at: string): string => {
  const head = [by === '' ? 'Microsoft Defender' : `${oneLine(by, 200)} in Microsoft Defender`, at].filter(
    (part) => part !== '',
  );
  return `${head.join(', ')}:\n${text}`;
};

const byTime = (a: string, b: string): number => {
  const [timeA, timeB] = [toTime7(a) ?? a, toTime7(b) ?? b];
  return timeA < timeB ? -1 : timeA > timeB ? 1 : 0;
};
