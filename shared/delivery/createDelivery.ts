import type { Connection } from '../model/connection';
import { targetIdOf } from '../model/connection';
import type { Clock, Log, RandomId, Send } from '../ports';
import { connectionStates } from '../store/connectionStates';
import type { ConnectionStore } from '../store/connections';
import type { DeadLetters } from '../store/deadLetters';
import { deadLetters } from '../store/deadLetters';
import type { OpenLanes } from '../store/openLanes';
import { openLanes } from '../store/openLanes';
import type { Storage } from '../store/openStorage';
import type { TenantRegistry } from '../store/tenants';
import { ticketIndex } from '../store/ticketIndex';
import type { ConnectionSecrets } from '../ticketing/connectionSecrets';
import { announceStored } from './announceStored';
import type { Announcing } from './announcing';
import { createAnnouncing } from './announcing';
import { failuresToDown } from './connectionHealth';
import { deliverLane } from './deliverLane';
import { deliverMessage } from './deliverMessage';
import { createDispatcher } from './dispatcher';
import type { LaneDeps } from './laneDeps';
import { createLaneMemory } from './laneDeps';
import { resendLane } from './resendLane';
import type { SweptDeliveries } from './sweepDeliveries';
import { sweepDeliveries } from './sweepDeliveries';
import { createTargets } from './targets';
import type { WakeDeps } from './wake';
import { wakeConnection } from './wake';

export interface DeliverySetup {
  readonly storage: Pick<Storage, 'incidents' | 'bodies' | 'connections' | 'index' | 'deliverQueue'>;
  readonly registry: Pick<TenantRegistry, 'get' | 'pages'>;
  readonly connections: ConnectionStore;
  readonly secrets: Pick<ConnectionSecrets, 'auth' | 'outbound'>;
  readonly tools: LaneDeps['tools'];
  /** Guarded: it opens no connection to an address that is not public. */
  readonly send: Send;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomId: RandomId;
}

/** All of delivery, once a process. */
export interface Delivery {
  readonly lane: LaneDeps;
  readonly lanes: OpenLanes;
  readonly dead: DeadLetters;
  readonly announcing: Announcing;
  /** A message of the deliver queue. @throws UpstreamError (storage away): then it comes again */
  take(message: unknown): Promise<void>;
  sweep(): Promise<SweptDeliveries>;
}

/** Calls at once to one connection. */
const perConnection = 8;
/** A function may run for ten minutes, and the queue takes a message for lost after ten. */
const budgetMs = 4 * 60_000;

export const createDelivery = (setup: DeliverySetup): Delivery => {
  const { storage, registry, connections, secrets, tools, send, clock, log, randomId } = setup;
  const queue = storage.deliverQueue;
  const lanes = openLanes(storage.index);
  const dead = deadLetters(storage.index);
  const targets = createTargets(connections, tools, clock);
  const lane: LaneDeps = {
    incidents: storage.incidents,
    bodies: storage.bodies,
    connectionsTable: storage.connections,
    connections,
    states: connectionStates(storage.connections),
    registry,
    tickets: ticketIndex(storage.index),
    dead,
    memory: createLaneMemory(clock),
    resend: (of) => resendLane({ incidents: storage.incidents, lanes, queue }, of),
    ...{ tools, secrets, send, clock, log, randomId },
  };
  const dispatcher = createDispatcher({
    deliverLane: (asked, options) => deliverLane(lane, asked, options),
    wake: async (of) => {
      const woken = await wakeConnection({ lanes, queue }, of);
      log.info('connection up again', { tenantId: of.tenantId, targetId: of.targetId, lanes: woken });
    },
    ...{ queue, clock, log, perConnection, budgetMs },
  });
  return {
    lane,
    lanes,
    dead,
    announcing: createAnnouncing({ targets, lanes, queue, log }),
    take: async (message) => {
      const read = deliverMessage.safeParse(message);
      if (!read.success) {
        log.error('message of the deliver queue not understood', { reason: read.error.issues[0]?.message });
        return;
      }
      if ('announce' in read.data) {
        const { announce } = read.data;
        lane.memory.connection.forget(`${announce.scope} ${announce.connectionId}`);
        if (announce.from === undefined) await tryAgain(lane, { lanes, queue }, announce);
        await announceStored(
          { connections, registry, incidents: storage.incidents, lanes, targets, queue, clock, log },
          announce,
        );
      } else await dispatcher.dispatch(read.data);
    },
    sweep: () => sweepDeliveries({ lane, lanes, queue }),
  };
};

/** Whoever put the connection may have mended it: what waits is tried, and one more failure takes it down again. */
const tryAgain = async (
  { states, memory, clock }: LaneDeps,
  wake: WakeDeps,
  key: Pick<Connection, 'scope' | 'connectionId'>,
): Promise<void> => {
  const since = new Date(clock.now()).toISOString();
  const state = await states.update(key, (known) =>
    known.state === 'up' ? known : { ...known, state: 'up', since, failures: failuresToDown - 1 },
  );
  memory.state.put(`${key.scope} ${key.connectionId}`, state);
  await wakeConnection(wake, { tenantId: key.scope, targetId: targetIdOf(key) });
};
