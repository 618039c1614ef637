import { z } from 'zod';
import { ConflictError, ContractError } from '../errors';
import type { Connection } from '../model/connection';
import { targetIdOf } from '../model/connection';
import type { TicketRef } from '../model/ticket';
import { toTicks } from '../model/time7';
import type { Row, StoredRow, Table } from '../ports';
import { text } from '../store/columns';
import { claimMs } from '../store/links';
import type { Connector } from '../ticketing/connector';
import type { StormTicket } from '../ticketing/rules/deliveryPlan';
import { isHigh } from '../ticketing/rules/severity';
import type { StormState } from '../ticketing/rules/stormStep';
import { quiet, stormKeyOf, stormStep } from '../ticketing/rules/stormStep';
import type { Called } from './callTarget';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';

/** A storm that an incident goes into; without a ticket this attempt is the one that makes it. */
export interface JoinedStorm {
  readonly ticket: StormTicket;
  /** Its ticket is there: others join it from now on. */
  made(ref: TicketRef): Promise<void>;
}

/** Until then it is not known whether an incident is one of a storm; milliseconds since 1970. */
export interface StormWait {
  readonly untilMs: number;
}

type Call = <T>(work: (connector: Connector) => Promise<T>) => Promise<Called<T>>;
type Key = Pick<Connection, 'scope' | 'connectionId'>;

/** Many lanes count at once; each change is over in two operations. */
const maxTries = 50;

const stateKey = ({ connectionId }: Key): string => `${connectionId}!storm`;
const ticketKey = ({ connectionId }: Key): string => `${connectionId}!stormTicket`;

/** An incident waits so long for the others that may come with it: a storm is known before the first of its tickets is made. */
export const stormWaitMs = 60_000;

/**
 * The storm that an incident which wants its first ticket goes into; undefined: it gets its own. `busy`: another attempt is making the
 * storm's ticket. Each incident counts once, when it is first taken up; unless it is of high severity it waits a minute from then on. So
 * of a storm that brings more than `count` in its first minute none gets a ticket of its own; of a slower one those do whose minute was
 * over before it was one. A storm lasts until an arrival finds no more than `count` in its minutes: who waited, or failed, goes into it.
 */
export const stormOf = async (
  deps: LaneDeps,
  { connection, events, by }: Pick<LaneFacts, 'connection' | 'events' | 'by'>,
  severity: string | null,
  call: Call,
): Promise<JoinedStorm | StormWait | 'busy' | undefined> => {
  const { storm, scope } = connection;
  if (storm === undefined) return undefined;
  const nowMs = deps.clock.now();
  const table = deps.connectionsTable;
  const isNew = isUncounted(events);
  if (isNew) {
    const at = new Date(nowMs).toISOString();
    await countIn(table, connection, (state) => stormStep(state, { at, severity }, storm).state);
  }
  if (isHigh(severity)) return undefined;
  const untilMs = isNew ? nowMs + stormWaitMs : waitOf(events);
  if (untilMs > nowMs) return { untilMs };
  const { since } = (await readState(table, connection)).state;
  if (since === null) return undefined;
  return ticketOf(table, connection, stormKeyOf(scope, targetIdOf(connection), since), by, call);
};

/** Nothing was done for any of them yet. */
export const isUncounted = (events: LaneFacts['events']): boolean =>
  events.every(({ event }) => event.lastOutcome === null && event.nextAttempt === null);

/** What came first tells; 0: none of them waits untried. */
const waitOf = (events: LaneFacts['events']): number => {
  const waits = events.flatMap(({ event: { lastOutcome, nextAttempt } }) =>
    lastOutcome === null && nextAttempt !== null ? [Date.parse(nextAttempt)] : [],
  );
  return waits.length === 0 ? 0 : Math.min(...waits);
};

const stateShape = z.object({ arrivals: z.array(z.string()), since: z.string().nullable() });

const readState = async (
  table: Table,
  key: Key,
): Promise<{ readonly state: StormState; readonly etag: string | undefined }> => {
  const found = await table.get(key.scope, stateKey(key));
  if (found === undefined) return { state: quiet, etag: undefined };
  try {
    return { state: stateShape.parse(JSON.parse(text(found.row, 'state') ?? '')), etag: found.etag };
  } catch (cause) {
    throw new ContractError('The state of a storm cannot be read', { cause });
  }
};

const countIn = async (table: Table, key: Key, change: (state: StormState) => StormState): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const { state, etag } = await readState(table, key);
    const row: Row = { partitionKey: key.scope, rowKey: stateKey(key), state: JSON.stringify(change(state)) };
    try {
      await table.write(etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || tries >= maxTries) throw error;
    }
  }
};

const refShape = z.object({ ticketId: z.string(), number: z.string(), url: z.string().nullable() });

const refIn = ({ row }: StoredRow): TicketRef | undefined => {
  const json = text(row, 'ticket');
  return json === null ? undefined : refShape.parse(JSON.parse(json));
};

const isBeingMade = ({ writtenAt, readAt }: StoredRow): boolean =>
  readAt === undefined || toTicks(readAt) - toTicks(writtenAt) < BigInt(claimMs) * 10_000n;

/** One attempt at a time makes it; who takes over from one that is gone looks whether it is there. */
const ticketOf = async (
  table: Table,
  key: Key,
  stormKey: string,
  by: string,
  call: Call,
): Promise<JoinedStorm | 'busy'> => {
  const found = await table.get(key.scope, ticketKey(key));
  const row: Row = { partitionKey: key.scope, rowKey: ticketKey(key), key: stormKey, by };
  const made = async (ref: TicketRef): Promise<void> => {
    await table.write({ kind: 'upsert', row: { ...row, ticket: JSON.stringify(ref) } });
  };
  const isSame = found !== undefined && text(found.row, 'key') === stormKey;
  const known = isSame ? refIn(found) : undefined;
  if (known !== undefined) return { ticket: { key: stormKey, ticket: known }, made };
  if (isSame && isBeingMade(found)) return 'busy';
  try {
    await table.write(found === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag: found.etag });
  } catch (error) {
    if (error instanceof ConflictError) return 'busy';
    throw error;
  }
  if (!isSame) return { ticket: { key: stormKey }, made };
  const looked = await call((connector) => connector.find(stormKey));
  if (!looked.ok) return 'busy';
  if (looked.value === undefined) return { ticket: { key: stormKey }, made };
  await made(looked.value);
  return { ticket: { key: stormKey, ticket: looked.value }, made };
};
