import type { Link, TicketSaid } from '../model/link';
import { currentTicket, withState } from '../ticketing/rules/currentTicket';
import type { IncidentState } from '../ticketing/rules/deliveryPlan';
import { incidentValues } from '../ticketing/rules/incidentValues';
import { withEntries } from '../ticketing/rules/ledger';
import { isDone, toTicketStatus } from '../ticketing/rules/status';

/**
 * The link once a receiver of events was told a version: what it holds by then is what its word is weighed against. A version older than
 * the newest it was told (a replay) says nothing new.
 */
export const afterEvent = (
  link: Link,
  { header, version }: Pick<IncidentState, 'header' | 'version'>,
  nowMs: number,
): Link => {
  if (link.version !== null && version < link.version) return link;
  const base = incidentValues(header);
  const moved = Object.entries(base).filter(
    ([field, value]) => (link.base[field as keyof typeof base] ?? null) !== value,
  );
  const word = toTicketStatus(base.status);
  const isNews = word !== undefined && moved.some(([field]) => field === 'status');
  return {
    ...link,
    tickets:
      word === undefined || currentTicket(link)?.state === 'deleted'
        ? link.tickets
        : withState(link.tickets, isDone(word) ? 'closed' : 'open'),
    base,
    setAt: { ...link.setAt, ...Object.fromEntries(moved.map(([field]) => [field, version])) },
    version,
    ledger: withEntries(link, 'ticket', isNews ? [{ field: 'status', value: word }] : [], nowMs),
    said: overwritten(
      link.said ?? {},
      moved.map(([field]) => field),
    ),
  };
};

/** What it said of a field that Defender has moved since counts as news when it says so again. */
const overwritten = (said: NonNullable<Link['said']>, moved: readonly string[]): NonNullable<Link['said']> =>
  Object.fromEntries(
    Object.entries(said).map(([field, last]: [string, TicketSaid]) => [
      field,
      moved.includes(field) ? { ...last, isOverwritten: true } : last,
    ]),
  );
