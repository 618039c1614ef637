import { z } from 'zod';
import { ConflictError } from '../errors';
import type { Connection } from '../model/connection';
import { targetIdOf } from '../model/connection';
import type { TicketRef } from '../model/ticket';
import { toTicks } from '../model/time7';
import type { Row, StoredRow, Table } from '../ports';
import { count, text } from '../store/columns';
import { claimMs, linkStore } from '../store/links';
import type { Connector } from '../ticketing/connector';
import type { StormTicket } from '../ticketing/rules/deliveryPlan';
import type { Storm } from '../ticketing/rules/stormState';
import { stormKeyOf } from '../ticketing/rules/stormState';
import type { Called } from './callTarget';
import type { LaneDeps } from './laneDeps';

/** The ticket of a storm that an incident goes into; where there is none yet, this attempt is the one that makes it. */
export interface JoinedStorm {
  readonly ticket: StormTicket;
  /** Its ticket is there: others join it from now on. */
  made(ref: TicketRef): Promise<void>;
  /** It takes no more: the storm gets another, and this attempt makes it. `busy`: another attempt does. */
  closed(): Promise<JoinedStorm | 'busy'>;
}

type Key = Pick<Connection, 'scope' | 'connectionId'>;
type Call = <T>(work: (connector: Connector) => Promise<T>) => Promise<Called<T>>;

const rowKeyOf = ({ connectionId }: Key, { sinceMs }: Storm): string => `${connectionId}!stormTicket!${sinceMs}`;

/**
 * One attempt at a time makes it; who takes over from one that is gone looks whether it is there. Its people may close it while the storm
 * lasts: what comes then is listed in another, for nobody looks into a closed one. `busy`: another attempt is making it.
 */
export const stormTicketOf = async (
  deps: Pick<LaneDeps, 'connectionsTable' | 'incidents' | 'tickets'>,
  connection: Key,
  storm: Storm,
  by: string,
  call: Call,
): Promise<JoinedStorm | 'busy'> => {
  const found = await deps.connectionsTable.get(connection.scope, rowKeyOf(connection, storm));
  const known = found && refIn(found);
  const claim = (part: number, etag: string | undefined): Promise<JoinedStorm | 'busy'> =>
    claimed(deps.connectionsTable, { connection, storm, by, part }, etag);
  if (found === undefined) return claim(1, undefined);
  const part = count(found.row, 'part');
  const joined = joinedOf(deps.connectionsTable, { connection, storm, by, part }, known, found.etag);
  if (known !== undefined) return (await isClosed(deps, connection, known)) ? joined.closed() : joined;
  if (isBeingMade(found)) return 'busy';
  const taken = await claim(part, found.etag);
  if (taken === 'busy') return taken;
  const looked = await call((connector) => connector.find(taken.ticket.key));
  if (!looked.ok) return 'busy';
  if (looked.value === undefined) return taken;
  await taken.made(looked.value);
  return { ...taken, ticket: { ...taken.ticket, ticket: looked.value } };
};

/** With a storm that is forgotten. */
export const forgetStormTicket = async (table: Table, key: Key, storm: Storm): Promise<void> => {
  await table.write({ kind: 'delete', partitionKey: key.scope, rowKey: rowKeyOf(key, storm) });
};

interface Claim {
  readonly connection: Key;
  readonly storm: Storm;
  readonly by: string;
  /** 1, and one more for each that was closed before the storm was over. */
  readonly part: number;
}

const claimed = async (table: Table, claim: Claim, etag: string | undefined): Promise<JoinedStorm | 'busy'> => {
  const row = rowOf(claim);
  try {
    const now = await table.write(etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag });
    return joinedOf(table, claim, undefined, now);
  } catch (error) {
    if (error instanceof ConflictError) return 'busy';
    throw error;
  }
};

const joinedOf = (table: Table, claim: Claim, ticket: TicketRef | undefined, etag: string): JoinedStorm => ({
  ticket: { key: keyOf(claim), ...(ticket === undefined ? {} : { ticket }) },
  made: async (ref) => {
    try {
      await table.write({ kind: 'replace', row: { ...rowOf(claim), ticket: JSON.stringify(ref) }, etag });
    } catch (error) {
      // Another took over meanwhile: it finds the ticket by its key.
      if (!(error instanceof ConflictError)) throw error;
    }
  },
  closed: () => claimed(table, { ...claim, part: claim.part + 1 }, etag),
});

const rowOf = ({ connection, storm, by, part }: Claim): Row => ({
  partitionKey: connection.scope,
  rowKey: rowKeyOf(connection, storm),
  by,
  part,
});

const keyOf = ({ connection, storm, part }: Claim): string => {
  const key = stormKeyOf(connection.scope, targetIdOf(connection), storm);
  return part === 1 ? key : `${key}:${part}`;
};

const refShape = z.object({ ticketId: z.string(), number: z.string(), url: z.string().nullable() });

const refIn = ({ row }: StoredRow): TicketRef | undefined => {
  const json = text(row, 'ticket');
  return json === null ? undefined : refShape.parse(JSON.parse(json));
};

const isBeingMade = ({ writtenAt, readAt }: StoredRow): boolean =>
  readAt === undefined || toTicks(readAt) - toTicks(writtenAt) < BigInt(claimMs) * 10_000n;

/** As far as the tool has told: the incident it was made for has heard. */
const isClosed = async (
  { incidents, tickets }: Pick<LaneDeps, 'incidents' | 'tickets'>,
  connection: Key,
  { ticketId }: TicketRef,
): Promise<boolean> => {
  const of = await tickets.find(connection, ticketId);
  if (of === undefined) return false;
  const found = await linkStore(of.tenantId, incidents).get(targetIdOf(connection), of.incidentId);
  const ticket = found?.link.tickets.find((one) => one.ticketId === ticketId);
  return ticket?.state === 'closed' || ticket?.state === 'deleted';
};
