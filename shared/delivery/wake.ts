import { allTenants, connectionKeyOf } from '../model/connection';
import type { Queue } from '../ports';
import { nibbles } from '../store/keys';
import type { OpenLane, OpenLanes, TenantLane } from '../store/openLanes';
import { sendLanes } from './deliverMessage';

export interface WakeDeps {
  readonly lanes: Pick<OpenLanes, 'pages' | 'ofTenant'>;
  readonly queue: Queue;
}

/** Asks for the delivery of all that may wait for the connection of a lane, what was announced first coming first. @returns how many lanes */
export const wakeConnection = async (
  { lanes, queue }: WakeDeps,
  of: Pick<TenantLane, 'tenantId' | 'targetId'>,
): Promise<number> => {
  const waiting: OpenLane[] = [];
  for await (const page of lanesOf(lanes, of)) waiting.push(...page.filter(({ targetId }) => targetId === of.targetId));
  waiting.sort((one, other) => (one.writtenAt < other.writtenAt ? -1 : 1));
  await sendLanes(queue, waiting);
  return waiting.length;
};

async function* lanesOf(
  lanes: WakeDeps['lanes'],
  { tenantId, targetId }: Pick<TenantLane, 'tenantId' | 'targetId'>,
): AsyncIterable<readonly OpenLane[]> {
  if (connectionKeyOf(tenantId, targetId).scope !== allTenants) {
    yield* lanes.ofTenant(tenantId, targetId);
    return;
  }
  for (const nibble of nibbles) yield* lanes.pages(nibble);
}
