import { ContractError } from '../../errors';
import type { ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { justAfter, justBefore, latest } from '../../model/time7';
import type { PageReader, SteppedPage } from './stepDown';
import { readInstant } from './readInstant';
import type { Doubt, Slice, Stretch } from './stretch';
import { timeOf } from './stretch';

/**
 * Reads a slice in ascending order by keyset: the next request is `ge` the time of the last row, and rows already held are dropped. A
 * nextLink would be `$skip` over a list that moves: rows updated between two pages shift the rest past the boundary.
 * The next page is asked for before the last one is handed over, so that waiting and storing overlap.
 * @throws what the source throws; what was yielded before stays good
 */
export async function* readKeyset(readPage: PageReader, slice: Slice): AsyncGenerator<Stretch, undefined, void> {
  const { by, status } = slice;
  const ask = (from: Time7): Promise<SteppedPage> => {
    const to = slice.to === undefined ? {} : { to: slice.to };
    const page = readPage({ from, by, ...to, ...(status === undefined ? {} : { status }) });
    // Asked for ahead, it may fail before anyone awaits it; a rejection nobody handles would end the process.
    page.catch(() => undefined);
    return page;
  };
  let position = slice.from;
  let held: ReadonlySet<string> = new Set();
  let next = ask(position);
  for (;;) {
    const page = await next;
    checkOrder(page, position, slice);
    const last = page.last ?? position;
    if (page.more && page.last === undefined)
      throw new ContractError('a page without a readable incident that says more follows');

    if (page.more && last === position) {
      const instant = await readInstant(readPage, slice, last, page);
      const isEnd = slice.to !== undefined && last >= slice.to;
      yield { ...instant, incidents: withoutHeld(instant.incidents, held), complete: isEnd };
      if (isEnd) return undefined;
      // Past a closed instant, never past an open one: this is the only step that is not `ge` the last row.
      position = justAfter(last);
      held = new Set();
      next = ask(position);
      continue;
    }

    // Another reader may have taken over what lies beyond the end.
    const isLast = !page.more || (slice.to !== undefined && last > slice.to);
    if (!isLast) next = ask(last);
    yield {
      incidents: withoutHeld(page.incidents, held),
      poisoned: page.poisoned,
      through: isLast ? (slice.to ?? page.last) : last,
      doubts: doubtsOf(page, slice, position),
      serverTime: page.serverTime,
      complete: isLast,
    };
    if (isLast) return undefined;
    held = new Set(page.incidents.filter((incident) => timeOf(incident, by) === last).map(keyOf));
    position = last;
  }
}

const keyOf = ({ header, version }: ObservedIncident): string => `${version} ${header.incidentId}`;

const withoutHeld = (incidents: readonly ObservedIncident[], held: ReadonlySet<string>): readonly ObservedIncident[] =>
  incidents.filter((incident) => !held.has(keyOf(incident)));

/** A back end that ignores order or filter would make the cursor lie, so its page is refused whole. */
const checkOrder = ({ incidents }: SteppedPage, from: Time7, { by }: Slice): void => {
  let before = from;
  for (const incident of incidents) {
    const time = timeOf(incident, by);
    if (time < before) throw new ContractError('the list is not in the order asked for');
    before = time;
  }
};

/** Every time an incomplete answer spans is in doubt, but for the last, which the next page shows again; so is where a row without an id stood. */
const doubtsOf = (page: SteppedPage, slice: Slice, position: Time7): readonly Doubt[] => {
  const nameless = page.nameless > 0 ? 'an incident without a readable id' : undefined;
  const reason = page.incomplete ?? nameless;
  if (reason === undefined) return [];
  const newest = page.more && page.last !== undefined ? justBefore(page.last) : undefined;
  return [{ from: position, to: newest ?? slice.to ?? latest(position, page.serverTime), reason }];
};
