import { setTimeout as wait } from 'node:timers/promises';
import type { Cloud } from '../../microsoft';
import type { Incident } from '../../microsoft/world/incident';
import type { FakeTicket } from '../../tools/fakeTool';
import type { RelayApi } from '../relayApi';
import type { Desk } from './desk';
import { incidentIdOf, incidentsOf, withoutTicket } from './desk';
import type { TicketCounts } from './ticketSummary';

export interface WalkOptions {
  readonly cloud: Cloud;
  readonly api: RelayApi;
  readonly desk: Desk;
  /** Ticket ids of an earlier start. */
  readonly earlier: ReadonlySet<string>;
  readonly onStep: (text: string) => void;
  readonly signal: AbortSignal;
  /** For one step. */
  readonly patienceMs?: number;
}

const pollMs = 250;
/** A run that is on its way may have read past the change: it is asked for again. */
const askEveryMs = 5_000;

/**
 * Walks all that tickets do once: first tickets, two more, a change, a merge, and a ticket that a person closes. Ends at the first thing that
 * did not happen within its time, which `missing` names.
 */
export async function walkTickets(options: WalkOptions): Promise<TicketCounts> {
  const { cloud, api, desk, earlier, onStep, signal, patienceMs = 60_000 } = options;
  const { tenantId } = desk.customer;
  let updated = 0;
  let merged = 0;
  let closedInTool = 0;
  let incidentsResolved = 0;
  let missing: string | null = null;

  const until = async (what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> => {
    onStep(what);
    const untilMs = performance.now() + patienceMs;
    for (let askMs = performance.now(); ;) {
      if (await isTrue()) return;
      const nowMs = performance.now();
      if (nowMs > untilMs) throw new MissingError(what);
      if (nowMs >= askMs) {
        await api.requestSync(tenantId);
        askMs = nowMs + askEveryMs;
      }
      await wait(pollMs, undefined, { signal });
    }
  };
  const ticketOf = ({ id }: Incident): FakeTicket | undefined =>
    desk.tickets().find((ticket) => incidentIdOf(ticket) === id);
  const arrive = (): Incident => {
    const { incidentId } = cloud.world.apply({ kind: 'create', tenantId, severity: 'high' });
    const incident = incidentsOf(cloud, tenantId).find(({ id }) => id === incidentId);
    if (incident === undefined) throw new Error(`no incident ${incidentId}`);
    return incident;
  };
  const pending = async (): Promise<number> => {
    const { delivery } = await api.connection(tenantId, desk.kind.tool);
    return delivery.pending + delivery.dead;
  };

  try {
    await until('open incidents get their tickets', () => withoutTicket(cloud, desk).length === 0);
    const [survivor, absorbed] = [arrive(), arrive()];
    await until('new incidents get theirs', () => [survivor, absorbed].every((each) => ticketOf(each) !== undefined));

    const comment = 'User confirmed ✔';
    cloud.world.apply({ kind: 'update', tenantId, incidentId: survivor.id, comment });
    const isTold = (): boolean => ticketOf(survivor)?.comments.some(({ text }) => text.includes(comment)) === true;
    await until('a comment reaches its ticket', isTold);
    updated += 1;

    cloud.world.apply({ kind: 'redirect', tenantId, incidentId: absorbed.id, into: survivor.id });
    await until('a merged incident’s ticket closes', () => ticketOf(absorbed)?.status === desk.kind.closed[0]);
    merged += 1;

    const ticketId = ticketOf(survivor)?.ticketId ?? '';
    await desk.close(ticketId);
    closedInTool += 1;
    await until('a closed ticket resolves its incident', async () => {
      if (survivor.status !== 'resolved') return false;
      const shown = await api.incident(tenantId, survivor.id);
      return shown.status === 'resolved';
    });
    incidentsResolved += 1;
    await until('nothing is left to deliver', async () => (await pending()) === 0);
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    missing = error.message;
  }
  const tickets = desk.tickets();
  return {
    created: tickets.filter((ticket) => !earlier.has(ticket.ticketId)).length,
    updated,
    closedInTool,
    incidentsResolved,
    merged,
    double: tickets.length - new Set(tickets.map(({ key, ticketId }) => key ?? ticketId)).size,
    pending: await pending(),
    missing,
  };
}

/** Something did not happen within its time. */
class MissingError extends Error {
  override readonly name = 'MissingError';
}
