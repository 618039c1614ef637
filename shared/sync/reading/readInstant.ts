import type { Poisoned } from '../../model/quarantine';
import type { ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import type { PageReader, SteppedPage } from './stepDown';
import type { Slice, Stretch } from './stretch';
import { timeOf } from './stretch';

/** Graph refuses a `$skip` above this. */
const maxSkip = 500;
const walks = 3;

/**
 * All incidents that share one time, where they are more than a page. Only here is `$skip` used, each page holding the last readable row
 * of the one before: where it does not, rows left the instant and shifted the others, so the walk begins anew. What cannot be walked is in
 * doubt, and becomes a gap.
 */
export const readInstant = async (
  readPage: PageReader,
  { by, status }: Slice,
  at: Time7,
  firstPage: SteppedPage,
): Promise<Stretch> => {
  const seen = new Map<string, ObservedIncident>();
  const poisoned = new Map<string, Poisoned>();
  const remember = (page: SteppedPage): void => {
    for (const incident of page.incidents)
      if (timeOf(incident, by) === at) seen.set(incident.header.incidentId, incident);
    for (const each of page.poisoned) poisoned.set(each.incidentId, each);
  };
  const ask = (skip: number): Promise<SteppedPage> =>
    readPage({ from: at, to: at, by, skip, ...(status === undefined ? {} : { status }) });
  const stretch = (doubts: Stretch['doubts']): Stretch => ({
    incidents: [...seen.values()],
    poisoned: [...poisoned.values()],
    through: at,
    doubts,
    serverTime: firstPage.serverTime,
    complete: false,
  });

  remember(firstPage);
  for (let walk = 0; walk < walks; walk += 1) {
    const end = await walkOnce(ask, remember);
    if (end === 'whole') return stretch([]);
    if (end === 'tooMany') break;
  }
  return stretch([{ from: at, to: at, reason: 'more incidents share one update time than the list serves' }]);
};

const walkOnce = async (
  ask: (skip: number) => Promise<SteppedPage>,
  remember: (page: SteppedPage) => void,
): Promise<'whole' | 'moved' | 'tooMany'> => {
  let skip = 0;
  let lastId: string | undefined;
  while (skip <= maxSkip) {
    const page = await ask(skip);
    remember(page);
    if (lastId !== undefined && !page.incidents.some(({ header }) => header.incidentId === lastId)) return 'moved';
    if (page.incomplete !== undefined || page.nameless > 0) return 'moved';
    if (!page.more) return 'whole';
    const last = page.incidents.at(-1);
    if (last === undefined || page.incidents.length < 2) return 'moved';
    skip += page.incidents.length - 1;
    lastId = last.header.incidentId;
  }
  return 'tooMany';
};
