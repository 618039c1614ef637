import { messageOf } from '../errors';
import type { Table } from '../ports';
import type { SweepInboxDeps } from '../receive/sweepInbox';
import { sweepInbox } from '../receive/sweepInbox';
import { readSweepMark, writeSweepMark } from '../store/sweepMark';
import type { SweepJobsDeps } from './sweepJobs';
import { sweepJobs } from './sweepJobs';
import type { SweepOrchestrationsDeps } from './sweepOrchestrations';
import { sweepOrchestrations } from './sweepOrchestrations';
import type { SweepTenantsDeps, SweptTenants } from './sweepTenants';
import { sweepTenants } from './sweepTenants';

export type SweepDeps = SweepTenantsDeps &
  SweepJobsDeps &
  SweepOrchestrationsDeps &
  SweepInboxDeps & {
    readonly runs: Table;
    /** Deliveries that are due and do not move; left out where there are none. */
    readonly deliveries?: () => Promise<unknown>;
    /** Tells operators whose health changed. */
    readonly tellHealth?: () => Promise<unknown>;
    /** Changes of tickets whose webhooks were lost; left out where there are none. */
    readonly ticketPolls?: () => Promise<unknown>;
  };

export interface Swept {
  readonly looked: number;
  readonly overdue: number;
  readonly hung: number;
  readonly lost: number;
}

/**
 * Finds what is overdue and starts it again: tenants, runs someone asked for, orchestrations. Durable is a convenience and may lose
 * things; this is what does not. A part that fails does not keep the others from their work.
 */
export const sweep = async (deps: SweepDeps): Promise<Swept> => {
  const { runs, clock, log } = deps;
  const mark = await readSweepMark(runs);
  const part = async <T>(name: string, work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      log.error('sweep failed in part', { part: name, reason: messageOf(error) });
      return otherwise;
    }
  };
  const nothing: SweptTenants = { looked: 0, overdue: 0, next: mark?.next };
  const { looked, overdue, next } = await part('tenants', () => sweepTenants(deps, mark?.next), nothing);
  const hung = await part('orchestrations', () => sweepOrchestrations(deps), 0);
  const lost = await part('jobs', () => sweepJobs(deps), 0);
  await part('inbox', () => sweepInbox(deps), 0);
  const { deliveries, ticketPolls, tellHealth } = deps;
  if (ticketPolls !== undefined) await part('ticketPolls', ticketPolls, undefined);
  if (deliveries !== undefined) await part('deliveries', deliveries, undefined);
  // After what finds things out.
  if (tellHealth !== undefined) await part('health', tellHealth, undefined);
  const swept: Swept = { looked, overdue, hung, lost };
  const at = new Date(clock.now()).toISOString();
  const restarted = overdue + hung + lost;
  await writeSweepMark(runs, { at, restarted, ...(next === undefined ? {} : { next }) });
  log.info('sweep done', { ...swept });
  return swept;
};
