import { z } from 'zod';
import type { Queue } from '../ports';
import type { TenantLane } from '../store/openLanes';

/** Lanes of one tenant and connection in which something may wait. Only a hint: the outbox is the truth. */
const lanesMessage = z.object({
  tenantId: z.string(),
  targetId: z.string(),
  incidentIds: z.array(z.string()).min(1),
  /** Sent though the connection is down, to see whether it is up again. */
  probe: z.boolean().optional(),
});

/** A connection was put: what is stored may have to be announced, a page at a time. */
const announceMessage = z.object({
  announce: z.object({
    scope: z.string(),
    connectionId: z.string(),
    /** Where the last page ended. */
    from: z.object({ tenantId: z.string(), after: z.string().optional() }).optional(),
  }),
});

export type LanesMessage = z.output<typeof lanesMessage>;
export type AnnounceMessage = z.output<typeof announceMessage>;

export const deliverMessage = z.union([lanesMessage, announceMessage]);
export type DeliverMessage = z.output<typeof deliverMessage>;

/** A message holds 48 KB of base64; ids of incidents are short, but nobody promises it. */
const maxChars = 20_000;
const maxLanes = 200;

/** One message a tenant and connection, and more where one would be too large. */
export const toLanesMessages = (lanes: readonly TenantLane[]): readonly LanesMessage[] => {
  const groups = new Map<string, TenantLane[]>();
  for (const lane of lanes) {
    const key = `${lane.tenantId} ${lane.targetId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [lane]);
    else group.push(lane);
  }
  return [...groups.values()].flatMap((group) => {
    const messages: { tenantId: string; targetId: string; incidentIds: string[] }[] = [];
    let chars = 0;
    for (const { tenantId, targetId, incidentId } of group) {
      const last = messages.at(-1);
      const size = JSON.stringify(incidentId).length + 1;
      if (last === undefined || last.incidentIds.length >= maxLanes || chars + size > maxChars) {
        messages.push({ tenantId, targetId, incidentIds: [incidentId] });
        chars = size;
      } else {
        last.incidentIds.push(incidentId);
        chars += size;
      }
    }
    return messages;
  });
};

/** @throws UpstreamError */
export const sendLanes = async (queue: Queue, lanes: readonly TenantLane[], delayMs = 0): Promise<void> => {
  for (const message of toLanesMessages(lanes)) await queue.send(message, delayMs === 0 ? {} : { delayMs });
};
