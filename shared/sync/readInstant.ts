import type { ObservedIncident } from '../model/incident';
import type { Time7 } from '../model/time7';
import type { IncidentPage, IncidentSource } from '../ports';
import type { Allowance } from './allowance';
import type { Stretch } from './stretch';

/** Graph refuses a `$skip` above this. */
const maxSkip = 500;
const walks = 3;

/**
 * All incidents that share one update time, where they are more than a page. Only here is `$skip` used, each page beginning with the
 * last row of the one before: where it does not, a row left the instant and shifted the others, so the walk begins anew. What cannot be
 * walked becomes a gap; `through` is undefined where the allowance ran out.
 */
export const readInstant = async (
  source: IncidentSource,
  at: Time7,
  firstPage: IncidentPage,
  allowance: Allowance,
): Promise<Stretch> => {
  const seen = new Map<string, ObservedIncident>();
  const remember = (incidents: readonly ObservedIncident[]) =>
    incidents
      .filter(({ version }) => version === at)
      .forEach((incident) => seen.set(incident.header.incidentId, incident));
  const stretch = (through: Time7 | undefined, gap?: Stretch['gap']): Stretch => ({
    incidents: [...seen.values()],
    through,
    gap,
    serverTime: firstPage.serverTime,
    complete: false,
  });

  remember(firstPage.incidents);
  for (let walk = 0; walk < walks; walk += 1) {
    const end = await walkOnce(source, at, allowance, remember);
    if (end === 'whole') return stretch(at);
    if (end === 'cut') return stretch(undefined);
    if (end === 'tooMany') break;
  }
  return stretch(at, { from: at, to: at, reason: 'more incidents share one update time than the list serves' });
};

const walkOnce = async (
  source: IncidentSource,
  at: Time7,
  allowance: Allowance,
  remember: (incidents: readonly ObservedIncident[]) => void,
): Promise<'whole' | 'cut' | 'moved' | 'tooMany'> => {
  let skip = 0;
  let lastId: string | undefined;
  while (skip <= maxSkip) {
    if (!allowance.take()) return 'cut';
    const page = await source.listChanged({ from: at, to: at, skip });
    remember(page.incidents);
    if (lastId !== undefined && page.incidents[0]?.header.incidentId !== lastId) return 'moved';
    if (page.incomplete !== undefined) return 'moved';
    if (!page.more) return 'whole';
    const last = page.incidents.at(-1);
    if (last === undefined || page.incidents.length < 2) return 'moved';
    skip += page.incidents.length - 1;
    lastId = last.header.incidentId;
  }
  return 'tooMany';
};
