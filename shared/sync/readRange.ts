import { ContractError } from '../errors';
import type { ObservedIncident } from '../model/incident';
import type { Time7 } from '../model/time7';
import { justAfter } from '../model/time7';
import type { IncidentPage, IncidentSource } from '../ports';
import type { Allowance } from './allowance';
import { readInstant } from './readInstant';
import type { Range, Stretch } from './stretch';

/**
 * Reads a range in ascending order of update by keyset: the next request is `ge` the time of the last row, and rows already held are
 * dropped. A nextLink would be `$skip` over a list that moves: rows updated between two pages shift the rest past the boundary.
 * The next page is asked for before the last one is handed over, so that waiting and storing overlap.
 * @throws what the source throws; what was yielded before stays good
 */
export async function* readRange(
  source: IncidentSource,
  range: Range,
  allowance: Allowance,
): AsyncGenerator<Stretch, void, void> {
  const { to } = range;
  const ask = (from: Time7) => askAhead(source, { from, to }, allowance);
  let position = range.from;
  let held: ReadonlySet<string> = new Set();
  let next = ask(position);
  while (next !== undefined) {
    const page: IncidentPage = await next;
    checkOrder(page, position);
    const newest = page.incidents.at(-1)?.version;
    if (page.more && newest === undefined) throw new ContractError('an empty page that says more follows');
    const last = newest ?? position;

    if (page.more && last === position) {
      const instant = await readInstant(source, last, page, allowance);
      yield { ...instant, incidents: withoutHeld(instant.incidents, held) };
      if (instant.through === undefined) return;
      // Past a closed instant, never past an open one: this is the only step that is not `ge` the last row.
      position = justAfter(last);
      held = new Set();
      next = ask(position);
      continue;
    }

    next = page.more ? ask(last) : undefined;
    yield {
      incidents: withoutHeld(page.incidents, held),
      through: page.more ? last : (to ?? newest),
      gap: page.incomplete === undefined ? undefined : gapOf(page, { from: position, to }, page.incomplete),
      serverTime: page.serverTime,
      complete: !page.more,
    };
    held = new Set(page.incidents.filter(({ version }) => version === last).map(keyOf));
    position = last;
  }
}

const keyOf = ({ header, version }: ObservedIncident): string => `${version} ${header.incidentId}`;

const withoutHeld = (incidents: readonly ObservedIncident[], held: ReadonlySet<string>): readonly ObservedIncident[] =>
  incidents.filter((incident) => !held.has(keyOf(incident)));

/** Undefined where no call is left. */
const askAhead = (
  source: IncidentSource,
  { from, to }: Range,
  allowance: Allowance,
): Promise<IncidentPage> | undefined => {
  if (!allowance.take()) return undefined;
  const page = source.listChanged({ from, ...(to === undefined ? {} : { to }) });
  // Asked for ahead, it may fail before anyone awaits it; a rejection nobody handles would end the process.
  page.catch(() => undefined);
  return page;
};

/** A back end that ignores order or filter would make the cursor lie, so its page is refused whole. */
const checkOrder = (page: IncidentPage, from: Time7): void => {
  let before = from;
  for (const { version } of page.incidents) {
    if (version < before) throw new ContractError('the list is not in the order asked for');
    before = version;
  }
};

/** Every time an incomplete answer spans is in doubt, both edges included. */
const gapOf = (page: IncidentPage, asked: Range, reason: string): Stretch['gap'] => {
  const newest = page.more ? page.incidents.at(-1)?.version : undefined;
  return {
    from: asked.from,
    to: newest ?? asked.to ?? page.serverTime,
    reason,
  };
};
