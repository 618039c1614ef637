import type { JournalEntry } from '../model/conflict';
import type { FoundLink, Link } from '../model/link';
import type { DeliveryChange, StoredEvent } from '../store/outbox';
import type { Connector } from '../ticketing/connector';
import { delivered, superseded } from './afterTry';
import type { Called } from './callTarget';
import { callTarget } from './callTarget';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import type { LaneResult } from './laneResult';
import type { HeldLink } from './laneWriter';
import { heldLink, writeLane } from './laneWriter';
import { settleFailure } from './settleFailure';

export interface EventChange {
  readonly stored: StoredEvent;
  readonly change: Partial<DeliveryChange>;
}

export interface LinkToWrite {
  readonly held: HeldLink;
  readonly link: Link;
}

export type FailedCall = Extract<Called<unknown>, { readonly ok: false }>;

/** What one attempt at a lane does to storage and tool. */
export interface TicketAttempt {
  readonly deps: LaneDeps;
  readonly facts: LaneFacts;
  readonly held: HeldLink;
  /** A ticket was found that an earlier attempt had made. */
  isAdopted: boolean;
  readonly call: <T>(work: (connector: Connector) => Promise<T>) => Promise<Called<T>>;
  /** Everything in one batch. */
  end(
    links: readonly LinkToWrite[],
    events: readonly EventChange[],
    journal: readonly JournalEntry[],
  ): Promise<LaneResult>;
  fail(link: Link, call: FailedCall): Promise<LaneResult>;
  /** Ends without a word: lets go of a link that it holds. */
  release(link: Link, result: LaneResult): Promise<LaneResult>;
}

export const createTicketAttempt = (
  deps: LaneDeps,
  facts: LaneFacts,
  connect: () => Connector,
  found: FoundLink | undefined,
): TicketAttempt => {
  const { lane, events } = facts;
  const held = heldLink(deps.incidents, lane.tenantId, found, facts.by);
  let isUpAgain = false;
  const up = () => (isUpAgain ? { isUpAgain } : {});
  const end: TicketAttempt['end'] = async (links, changes, journal) => {
    await writeLane(deps.incidents, { links, events: changes, journal });
    return { outcome: 'done', ...up() };
  };
  return {
    deps,
    facts,
    held,
    isAdopted: false,
    call: async (work) => {
      const called = await callTarget(deps, facts, () => work(connect()));
      isUpAgain ||= called.isUpAgain;
      return called;
    },
    end,
    fail: async (link, called) => {
      const newest = events.at(-1);
      if (newest === undefined) return end([{ held, link }], [], []);
      const settled = await settleFailure(deps, facts, newest, called);
      // Where nothing was settled all stays as it is: also the older ones.
      const older = settled.events.length === 0 ? [] : events.slice(0, -1);
      const because = 'A newer version takes its place.';
      const changes = [
        ...older.map((stored) => ({ stored, change: superseded(deps.clock.now(), because) })),
        ...settled.events,
      ];
      await end([{ held, link }], changes, []);
      return { ...settled.result, ...up() };
    },
    release: async (link, result) => {
      if (held.isHeld) await end([{ held, link }], [], []);
      return { ...result, ...up() };
    },
  };
};

/** All that waited is said by the newest. */
export const told = ({ deps, facts: { events } }: Pick<TicketAttempt, 'deps' | 'facts'>): readonly EventChange[] => {
  const nowMs = deps.clock.now();
  const because = 'A newer version was delivered in its place.';
  return events.map((stored, at) => ({
    stored,
    change: at === events.length - 1 ? delivered(stored, nowMs, null) : superseded(nowMs, because),
  }));
};
