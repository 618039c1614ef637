import type { Clock, Log, RandomId, Send } from '../ports';
import type { ApplyTicketDeps } from '../receive/applyTicketChange';
import type { ConnectionStore } from '../store/connections';
import type { DueIndex } from '../store/due';
import type { Inbox } from '../store/inbox';
import type { Storage } from '../store/openStorage';
import { openLanes } from '../store/openLanes';
import type { TenantRegistry } from '../store/tenants';
import { ticketIndex } from '../store/ticketIndex';
import type { WritingDeps } from './openWriter';
import type { ToolDeps } from './ownAccounts';
import { createOwnAccounts } from './ownAccounts';
import { resendLane } from '../delivery/resendLane';

export interface ApplyingOptions {
  readonly writing: WritingDeps;
  readonly storage: Pick<Storage, 'index' | 'received' | 'deliverQueue'>;
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly connections: Pick<ConnectionStore, 'get'>;
  readonly secrets: ToolDeps['secrets'];
  readonly tools: ToolDeps['tools'];
  /** Guarded. */
  readonly targetSend: Send;
  readonly inbox: Inbox;
  readonly due: Pick<DueIndex, 'add'>;
  readonly clock: Clock;
  readonly randomId: RandomId;
  readonly log: Log;
}

/** What changes of tickets are taken in with, one a process. */
export const createApplying = ({ storage, ...options }: ApplyingOptions): ApplyTicketDeps => {
  const { index, received, deliverQueue } = storage;
  const { writing, secrets, tools, targetSend: send, clock, log, ...rest } = options;
  const lanes = openLanes(index);
  return {
    ...writing,
    ...rest,
    tools,
    clock,
    log,
    received,
    tickets: ticketIndex(index),
    ownAccountOf: createOwnAccounts({ tools, secrets, send, clock, log }),
    resend: (lane) => resendLane({ incidents: writing.incidents, lanes, queue: deliverQueue }, lane),
  };
};
