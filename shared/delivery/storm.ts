import { z } from 'zod';
import { ConflictError, ContractError } from '../errors';
import type { Connection } from '../model/connection';
import type { Link } from '../model/link';
import type { Row, Table } from '../ports';
import { text } from '../store/columns';
import { isHigh } from '../ticketing/rules/severity';
import { shortHash } from '../ticketing/rules/shortHash';
import type { Storm, StormLimit, StormState } from '../ticketing/rules/stormState';
import { countArrival, quiet, stormOf, stormWaitMs } from '../ticketing/rules/stormState';
import type { LaneDeps } from './laneDeps';
import { forgetStormTicket } from './stormTicket';

/** What is known of an incident that wants its first ticket, where its connection has a limit. */
export interface Arrival {
  /** When it was first taken up, ISO 8601 UTC. Belongs into its link, or it counts again. */
  readonly heardAt: string;
  /** Milliseconds since 1970; before, it is not known whether there is a storm that it goes into. */
  readonly knownAtMs: number;
  /** The storm it goes into; undefined: it gets a ticket of its own. */
  readonly storm: Storm | undefined;
}

type Key = Pick<Connection, 'scope' | 'connectionId'>;

/** Many lanes count at once; each change is over in two operations. */
const maxTries = 50;

/**
 * Counts an incident, when it is first taken up, and says whether it goes into a storm. Unless it is of high severity it waits a minute,
 * but for a storm that is on: so of a burst none gets a ticket of its own, and of a storm that grows slowly `count` at the most, those that
 * came first. What was found stays so, however late it is delivered.
 */
export const arrive = async (
  { connectionsTable, clock }: Pick<LaneDeps, 'connectionsTable' | 'clock'>,
  connection: Key,
  limit: StormLimit,
  { tenantId, incidentId, heardAt }: Pick<Link, 'tenantId' | 'incidentId' | 'heardAt'>,
  severity: string | null,
): Promise<Arrival> => {
  const heardAtMs = heardAt === undefined ? clock.now() : Date.parse(heardAt);
  const name = shortHash(12, tenantId, incidentId);
  const state =
    heardAt === undefined
      ? await change(connectionsTable, connection, (before) => countArrival(before, { atMs: heardAtMs, name }, limit))
      : (await readState(connectionsTable, connection)).state;
  const storm = stormOf(state, { heardAtMs, severity }, limit);
  const isKnown = storm !== undefined || isHigh(severity);
  return {
    heardAt: new Date(heardAtMs).toISOString(),
    knownAtMs: isKnown ? heardAtMs : heardAtMs + stormWaitMs,
    storm,
  };
};

const stateKey = ({ connectionId }: Key): string => `${connectionId}!storms`;

const stateShape = z.object({
  arrivals: z.array(z.tuple([z.number(), z.number()])),
  newest: z.array(z.string()),
  storms: z.array(z.object({ sinceMs: z.number(), lastMs: z.number() })),
});

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

const change = async (table: Table, key: Key, by: (state: StormState) => StormState): Promise<StormState> => {
  for (let tries = 1; ; tries += 1) {
    const { state: before, etag } = await readState(table, key);
    const state = by(before);
    if (state === before) return state;
    const row: Row = { partitionKey: key.scope, rowKey: stateKey(key), state: JSON.stringify(state) };
    try {
      await table.write(etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag });
    } catch (error) {
      if (!(error instanceof ConflictError) || tries >= maxTries) throw error;
      continue;
    }
    for (const storm of before.storms)
      if (!state.storms.some(({ sinceMs }) => sinceMs === storm.sinceMs)) await forgetStormTicket(table, key, storm);
    return state;
  }
};
