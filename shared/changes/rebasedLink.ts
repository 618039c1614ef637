import { isDeepStrictEqual } from 'node:util';
import type { SyncedField } from '../model/connection';
import type { Link, LinkedTicket } from '../model/link';
import type { Time7 } from '../model/time7';
import { rememberedComments } from '../ticketing/rules/rememberedComments';

/**
 * What was decided about a link, on the link as it is by now: a delivery may have changed it since. Where both changed the same, the link as
 * it is now knows more.
 * @param on as it was when that was decided
 * @param decided as it was to become
 */
export const rebasedLink = (on: Link, decided: Link, now: Link): Link => {
  if (isDeepStrictEqual(on, now)) return decided;
  const { comments, ledger, applied, tickets, seen, ...rest } = now;
  return {
    ...rest,
    ...changed(on, decided, now, ['told', 'version', 'suspended', 'intent', 'storm']),
    base: fields(on.base, decided.base, now.base),
    setAt: fields(on.setAt, decided.setAt, now.setAt),
    said: fields(on.said ?? {}, saidBefore(on, decided, now), now.said ?? {}),
    unsure: fields(on.unsure ?? {}, decided.unsure ?? {}, now.unsure ?? {}),
    tickets: tickets.map((ticket) => rebasedTicket(on, decided, ticket)),
    ledger: [...ledger, ...added(on.ledger, decided.ledger)],
    applied: [...applied, ...added(on.applied, decided.applied)],
    comments: rememberedComments(comments, added(on.comments, decided.comments), now.targetId),
    ...latest(seen, decided.seen),
  };
};

/** Those of `keys` that were decided to change and are as they were. */
const changed = <Whole extends object>(
  on: Whole,
  decided: Whole,
  now: Whole,
  keys: readonly (keyof Whole)[],
): Partial<Whole> =>
  Object.fromEntries(
    keys
      .filter((key) => !isDeepStrictEqual(on[key], decided[key]) && isDeepStrictEqual(on[key], now[key]))
      .map((key) => [key, decided[key]]),
  ) as unknown as Partial<Whole>;

const fields = <Values extends object>(on: Values, decided: Values, now: Values): Values => {
  const isUntouched = (key: string): boolean => isDeepStrictEqual(on[key as keyof Values], now[key as keyof Values]);
  const kept = Object.entries(now).filter(([key]) => key in decided || !isUntouched(key));
  return {
    ...(Object.fromEntries(kept) as Values),
    ...changed(on, decided, now, Object.keys(decided) as (keyof Values)[]),
  };
};

/** What the ticket said was heard before what has been written to it since. */
const saidBefore = (on: Link, { said = {} }: Link, now: Link): NonNullable<Link['said']> => {
  const written = added(on.applied, now.applied).filter(({ from }) => from === 'defender');
  return Object.fromEntries(
    Object.entries(said).map(([field, last]) => {
      const isNews = !isDeepStrictEqual(on.said?.[field as SyncedField], last);
      const isOverwritten = isNews && written.some((change) => change.field === field);
      return [field, isOverwritten ? { ...last, isOverwritten } : last];
    }),
  );
};

const rebasedTicket = (on: Link, decided: Link, ticket: LinkedTicket): LinkedTicket => {
  const byId = ({ ticketId }: LinkedTicket): boolean => ticketId === ticket.ticketId;
  const [before, after] = [on.tickets.find(byId), decided.tickets.find(byId)];
  return before === undefined || after === undefined
    ? ticket
    : { ...ticket, ...changed(before, after, ticket, ['state', 'version']) };
};

const added = <Item>(before: readonly Item[], after: readonly Item[]): readonly Item[] =>
  after.filter((item) => !before.some((known) => isDeepStrictEqual(known, item)));

const latest = (one: Time7 | undefined, other: Time7 | undefined): Pick<Link, 'seen'> => {
  const seen = one === undefined || (other !== undefined && other > one) ? other : one;
  return seen === undefined ? {} : { seen };
};
