import type { OutboxEvent, Target } from '../model/outbox';
import type { Log, Queue } from '../ports';
import { messageOf } from '../errors';
import type { Lane, OpenLanes } from '../store/openLanes';
import { sendLanes } from './deliverMessage';
import type { Targets } from './targets';

/** What a run that writes events asks of delivery: before, around and after the batch they are in. */
export interface Announcing {
  targetsOf(tenantId: string): Promise<readonly Target[]>;
  /** Before the batch: from then on the sweep finds its lanes. @throws UpstreamError, and then the batch must not be written */
  ahead(tenantId: string, events: readonly OutboxEvent[]): Promise<void>;
  /** After the batch; a hint that is lost costs minutes, never an event, so this does not throw. */
  after(tenantId: string, events: readonly OutboxEvent[]): Promise<void>;
}

export interface AnnouncingDeps {
  readonly targets: Pick<Targets, 'of'>;
  readonly lanes: Pick<OpenLanes, 'add'>;
  readonly queue: Queue;
  readonly log: Log;
}

const laneOf = ({ connectionId, incidentId }: OutboxEvent): Lane => ({ targetId: connectionId, incidentId });

export const createAnnouncing = ({ targets, lanes, queue, log }: AnnouncingDeps): Announcing => ({
  targetsOf: (tenantId) => targets.of(tenantId),
  ahead: async (tenantId, events) => {
    if (events.length > 0) await lanes.add(tenantId, events.map(laneOf));
  },
  after: async (tenantId, events) => {
    const open = events.map((event) => ({ tenantId, ...laneOf(event) }));
    try {
      await sendLanes(queue, open);
    } catch (error) {
      log.warn('events wait for the sweep', { tenantId, events: events.length, reason: messageOf(error) });
    }
  },
});
