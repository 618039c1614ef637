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

type Call = <T>(work: (connector: Connector) => Promise<T>) => Promise<Called<T>>;
type Key = Pick<Connection, 'scope' | 'connectionId'>;

/** Many lanes count at once; each change is over in two operations. */
const maxTries = 50;

const stateKey = ({ connectionId }: Key): string => `${connectionId}!storm`;
const ticketKey = ({ connectionId }: Key): string => `${connectionId}!stormTicket`;

/**
 * The storm that an incident which wants its first ticket goes into; undefined: it gets its own. `busy`: another attempt is making the
 * storm's ticket. Counts each incident once, at its first try.
 */
export const stormOf = async (
  deps: LaneDeps,
  { connection, events, by }: LaneFacts,
  severity: string | null,
  call: Call,
): Promise<JoinedStorm | 'busy' | undefined> => {
  const { storm, scope } = connection;
  if (storm === undefined) return undefined;
  const isFirstTry = events.every(({ event }) => event.lastOutcome === null);
  const at = new Date(deps.clock.now()).toISOString();
  const table = deps.connectionsTable;
  const since = isFirstTry
    ? await countIn(table, connection, (state) => stormStep(state, { at, severity }, storm).state)
    : stormStep((await readState(table, connection)).state, { at, severity }, storm).state.since;
  if (since === null || isHigh(severity)) return undefined;
  return ticketOf(table, connection, stormKeyOf(scope, targetIdOf(connection), since), by, call);
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

/** Since when there is a storm, this incident counted. */
const countIn = async (table: Table, key: Key, change: (state: StormState) => StormState): Promise<string | null> => {
  for (let tries = 1; ; tries += 1) {
    const { state, etag } = await readState(table, key);
    const next = change(state);
    const row: Row = { partitionKey: key.scope, rowKey: stateKey(key), state: JSON.stringify(next) };
    try {
      await table.write(etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag });
      return next.since;
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
