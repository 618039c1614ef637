import { allTenants } from '../../../shared/model/connection';
import type { TicketStatus } from '../../../shared/model/ticket';
import type { RandomSource } from '../../support/randomSource';
import type { Timeline } from '../day/timeline';
import type { DefenderIncident, Microsoft } from './microsoft';
import type { TicketPlan } from './plan';
import type { Target } from './world';
import type { TicketTally } from './ticketFaults';

export interface PeopleOptions {
  readonly plan: TicketPlan;
  readonly random: RandomSource;
  readonly timeline: Timeline;
  readonly tally: TicketTally;
  readonly microsoft: Microsoft;
  readonly targets: readonly Target[];
  readonly tenantIds: readonly string[];
  readonly during: () => number;
  readonly faultsOn: () => boolean;
  readonly tell: (what: string) => void;
}

const verdicts = [
  { classification: 'truePositive', determination: 'malware' },
  { classification: 'falsePositive', determination: 'notMalicious' },
  { classification: 'informationalExpectedActivity', determination: 'lineOfBusinessApplication' },
] as const;

/** Draws what people do in Defender and in the tools, all of it before the world begins to move. */
export const actAsPeople = (options: PeopleOptions): void => {
  const { plan, random, timeline, tally, microsoft, targets, tenantIds, during, faultsOn, tell } = options;
  let words = 0;
  const pick = <T>(from: readonly T[]): T | undefined => from[random.below(from.length)];
  const live = (): readonly DefenderIncident[] =>
    [...microsoft.incidents.values()].filter(({ redirectIncidentId }) => redirectIncidentId === null);
  const severities = ['low', 'medium', 'high', 'informational'] as const;
  const create = (): void => {
    const tenantId = pick(tenantIds) ?? '';
    const id = String(100 + [...microsoft.incidents.values()].filter((one) => one.tenantId === tenantId).length);
    microsoft.create(tenantId, id, pick(severities) ?? 'low');
    tell(`incident ${tenantId.slice(0, 8)}:${id}`);
  };
  const inDefender = (incident: DefenderIncident, kind: number): void => {
    words += 1;
    const { status } = incident;
    if (kind < 2) microsoft.change(incident, { title: `Incident ${incident.id} v${words}` });
    else if (kind < 4) microsoft.comment(incident, 'Ada', `remark-${words}-`);
    else if (kind < 5) merge(incident);
    else if (status === 'resolved') microsoft.change(incident, { status: 'active' });
    else if (kind < 8) microsoft.change(incident, { status: 'resolved', ...pick(verdicts) });
    else
      microsoft.change(incident, {
        status: status === 'active' ? 'inProgress' : 'active',
        assignedTo: 'ada@example.com',
      });
    tell(`Defender ${incident.tenantId.slice(0, 8)}:${incident.id} ${kind}: ${incident.status} ${incident.version}`);
  };
  const merge = (incident: DefenderIncident): void => {
    const into = pick(live().filter((one) => one.tenantId === incident.tenantId && one !== incident));
    if (into !== undefined) microsoft.change(incident, { status: 'redirected', redirectIncidentId: into.id });
  };
  const inTool = (target: Target, ticketId: string, kind: number): void => {
    const { desk } = target;
    if (desk === undefined) return;
    words += 1;
    const isClosed = ['resolved', 'cancelled'].includes(desk.tickets.get(ticketId)?.status ?? '');
    const status: TicketStatus = isClosed
      ? 'inProgress'
      : kind < 6
        ? 'resolved'
        : kind < 7
          ? 'cancelled'
          : kind < 8
            ? 'waiting'
            : 'inProgress';
    const isAllowed =
      kind < 4 ? desk.person(ticketId, { comment: `note-${words}-` }, kind === 0) : desk.person(ticketId, { status });
    if (isAllowed)
      tell(
        `person at ${target.targetId} of ${target.scope.slice(0, 8)}: ${ticketId} ${kind < 4 ? `note-${words}-` : status}`,
      );
  };
  const deskOf = ({ tenantId, id }: DefenderIncident): readonly (readonly [Target, string])[] =>
    targets.flatMap((target) =>
      target.scope !== tenantId && target.scope !== allTenants
        ? []
        : [...(target.desk?.tickets.values() ?? [])]
            .filter(
              ({ key, isDeleted }) =>
                !isDeleted && (key === `${tenantId}:${id}` || key.startsWith(`${tenantId}:${id}:`)),
            )
            .map(({ ticketId }) => [target, ticketId] as const),
    );
  const soon = (work: () => void): void => timeline.at(timeline.now() + 500 + random.below(30_000), work);

  for (let at = 0; at < plan.incidents; at += 1) timeline.at(during(), create);
  for (let at = 0; at < plan.actions; at += 1) {
    const [isInTool, kind, answers] = [random.next() < plan.inTools, random.below(10), random.next()];
    timeline.at(during(), () => {
      const incident = pick(live());
      if (incident === undefined) return;
      const own = pick(deskOf(incident));
      if (isInTool && own !== undefined) inTool(...own, kind);
      else inDefender(incident, kind);
      if (!faultsOn() || answers >= plan.rates.pingPong || kind < 5) return;
      soon(() => {
        tally.hit('35 ping-pong');
        const now = pick(deskOf(incident));
        if (isInTool && incident.redirectIncidentId === null) inDefender(incident, 7);
        else if (now !== undefined) inTool(...now, 5);
      });
    });
  }
};
