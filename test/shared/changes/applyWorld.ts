import type { Incident } from '../../../local/microsoft/world/incident';
import type { Applied, ApplyDeps } from '../../../shared/changes/applied';
import { applyEvent } from '../../../shared/changes/applyEvent';
import type { Connection } from '../../../shared/model/connection';
import { targetIdOf } from '../../../shared/model/connection';
import type { Link, LinkedTicket } from '../../../shared/model/link';
import { newLink } from '../../../shared/model/link';
import type { TicketEvent } from '../../../shared/model/ticket';
import { linkStore, toLinkRow } from '../../../shared/store/links';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { plainConnection } from '../../support/plainConnection';
import type { ChangeWorld, ChangeWorldOptions } from './changeWorld';
import { changeWorld } from './changeWorld';

export interface ApplyWorld extends ChangeWorld {
  readonly connection: Connection;
  readonly applying: ApplyDeps;
  /** An incident with an open ticket in step with it. */
  linked(ticketId: string, change?: Partial<Link>): Promise<Incident>;
  apply(event: TicketEvent, options?: { readonly seed?: string; readonly isWeak?: boolean }): Promise<Applied>;
  linkOf(incident: Pick<Incident, 'id'>): Promise<Link>;
}

export const ticketOf = (ticketId: string): LinkedTicket => ({
  ticketId,
  number: `INC${ticketId}`,
  url: `https://tool.example/${ticketId}`,
  generation: 1,
  state: 'open',
  createdAt: '2026-11-20T11:00:00.000Z',
  version: '1',
});

/** A person in the tool closed the ticket as a false alarm. */
export const closed = (ticketId: string, change: Partial<TicketEvent> = {}): TicketEvent => ({
  ticketId,
  kind: 'closed',
  actor: { id: 'u-7', name: 'Bo Berg' },
  occurredAt: '2026-11-20T11:59:00.000Z',
  version: '2',
  status: 'resolved',
  rawStatus: '6',
  resolution: 'False positive',
  ...change,
});

export const applyWorld = async (
  options: ChangeWorldOptions = {},
  change: Partial<Connection> = {},
): Promise<ApplyWorld> => {
  const world = await changeWorld(options);
  const { tenant, index, incidents } = world;
  const { tenantId } = tenant;
  const connection: Connection = { ...plainConnection, scope: tenantId, ...change };
  const targetId = targetIdOf(connection);
  const tickets = ticketIndex(index);
  const applying: ApplyDeps = {
    ...world.deps,
    registry: { get: (asked) => Promise.resolve(asked === tenantId ? tenant : undefined) },
    tickets,
    ownAccountOf: () => Promise.resolve('relay-account'),
    log: { info: () => undefined, warn: (message) => void world.warned.push(message), error: () => undefined },
  };
  let seeds = 0;
  // The world's own object, so that what a test sets in it is set for all.
  return Object.assign(world, {
    ...{ connection, applying },
    linked: async (ticketId: string, given: Partial<Link> = {}): Promise<Incident> => {
      const incident = world.fresh();
      const link: Link = {
        ...newLink(tenantId, targetId, incident.id),
        tickets: [ticketOf(ticketId)],
        base: { status: 'active', classification: null, determination: null },
        ...given,
      };
      await tickets.put(connection, ticketId, { tenantId, incidentId: incident.id });
      world.incidents.fill([toLinkRow(link, null)]);
      return incident;
    },
    apply: (event: TicketEvent, { seed = `message-${(seeds += 1)}`, isWeak = false } = {}) =>
      applyEvent(applying, { connection, event, seed, isWeak }),
    linkOf: async ({ id }: Pick<Incident, 'id'>): Promise<Link> =>
      (await linkStore(tenantId, incidents).get(targetId, id))!.link,
  });
};
