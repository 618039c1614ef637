import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Cloud } from '../../microsoft';
import type { Incident } from '../../microsoft/world/incident';
import type { FakeTicket } from '../../tools/fakeTool';
import type { Customer } from '../demoCloud';
import type { RelayApi } from '../relayApi';
import type { ToolKind } from './kinds';
import { toolKinds } from './kinds';
import type { ToolFront } from './toolFront';
import { startToolFront } from './toolFront';

/** A customer's ticket tool, and how the relay is connected to it. */
export interface Desk {
  readonly kind: ToolKind;
  readonly customer: Customer;
  readonly url: string;
  /** Oldest first, deleted ones left out. */
  tickets(): readonly FakeTicket[];
  readonly isOpen: (ticket: Pick<FakeTicket, 'status'>) => boolean;
  /** As the person who works there does. */
  close(ticketId: string): Promise<void>;
  /** Tickets a person closed since the demo began. */
  readonly closedHere: ReadonlySet<string>;
  /** Puts the connection through the API, and sends the tool's webhooks where that says. */
  connect(api: RelayApi): Promise<void>;
  stop(): Promise<void>;
}

/** Incidents of these severities get tickets: a handful in the demo's world. */
export const ticketSeverities: readonly string[] = ['high', 'medium'];

/** A tool for each of the customers, with what its file in the folder tells of earlier starts. */
export const startDesks = (customers: readonly Customer[], folder: string): Promise<readonly Desk[]> =>
  Promise.all(
    customers.flatMap((customer, at) => {
      const kind = toolKinds[at];
      return kind === undefined ? [] : [startDesk(kind, customer, folder)];
    }),
  );

async function startDesk(kind: ToolKind, customer: Customer, folder: string): Promise<Desk> {
  // New ones at each start: nothing but the vault and the tool has to know them.
  const secret = randomBytes(24).toString('base64url');
  const hookSecret = kind.newHookSecret();
  const front = await startToolFront(kind, join(folder, `${kind.tool}.jsonl`), secret);
  const closedHere = new Set<string>();
  const close = async (ticketId: string): Promise<void> => {
    closedHere.add(ticketId);
    await front.change(ticketId, { status: kind.closed[0], resolution: kind.resolution, by: kind.person });
  };
  front.onClose(close);
  return {
    kind,
    customer,
    url: front.url,
    tickets: () => front.tool.tickets().filter(({ isDeleted }) => !isDeleted),
    isOpen: ({ status }) => !kind.closed.includes(status),
    close,
    closedHere,
    connect: async (api) => {
      const body = connectionBody(kind, front, { secret, hookSecret });
      const { webhookUrl } = await api.putConnection(customer.tenantId, kind.tool, body);
      if (webhookUrl === null) throw new Error(`The connection ${kind.tool} has no address for webhooks.`);
      front.tool.onWebhook({ url: webhookUrl, secret: hookSecret });
    },
    stop: () => front.stop(),
  };
}

const connectionBody = (
  { tool, user, mapping }: ToolKind,
  { url }: ToolFront,
  { secret, hookSecret }: { secret: string; hookSecret: string },
): object => ({
  tool,
  url,
  backlog: 'open',
  // Both are good as long as the demo runs, and made anew at its next start.
  auth: { kind: 'basic', user, secret, expires: 'never' },
  inbound: { secret: hookSecret, closes: { upTo: 'high', else: 'propose' } },
  filters: { severity: ticketSeverities },
  mapping,
});

/** The incident a ticket was made of, by the key in it; undefined for a ticket that is none of ours. */
export const incidentIdOf = ({ key }: Pick<FakeTicket, 'key'>): string | undefined => key?.split(':')[1];

/** Incidents of the desk's customer that are to have a ticket by now. */
export const ticketedIncidents = (cloud: Cloud, { customer }: Desk): readonly Incident[] =>
  incidentsOf(cloud, customer.tenantId).filter(
    ({ status, severity }) => status !== 'resolved' && status !== 'redirected' && ticketSeverities.includes(severity),
  );

export const incidentsOf = ({ world }: Cloud, tenantId: string): readonly Incident[] => {
  const tenant = world.findTenant(tenantId);
  return tenant === undefined ? [] : [...world.incidentsOf(tenant).byId.values()];
};

/** Those that still have none. */
export const withoutTicket = (cloud: Cloud, desk: Desk): readonly Incident[] => {
  const found = new Set(desk.tickets().map(incidentIdOf));
  return ticketedIncidents(cloud, desk).filter(({ id }) => !found.has(id));
};
