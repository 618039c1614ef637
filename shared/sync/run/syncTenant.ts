import type { Tenant } from '../../model/tenant';
import { followMerges } from './followMerges';
import { retryQuarantined } from './retryQuarantined';
import { runPass } from './runPass';
import { steppingDown } from '../reading/stepDown';
import { heldWhole, lookAhead, takeIn } from './takeIn';
import type { RunRequest, SyncDeps, TenantOutcome } from './tenantRun';
import { runTenant } from './tenantRun';

/** Reads what changed in one tenant and stores it. @see runTenant for what is told and what is thrown */
export const syncTenant = (deps: SyncDeps, tenant: Tenant, request: RunRequest): Promise<TenantOutcome> =>
  runTenant(deps, tenant, request, async (tools) => {
    const { source, writer, quarantine, permits, now, isClockKnown } = tools;
    const { clock, overlapMinutes } = deps;
    const intake = { writer, quarantine, clock, redirects: new Set<string>() };
    const { state } = await runPass({
      source,
      readPage: steppingDown(source, heldWhole(intake)),
      writer,
      clock,
      overlapMinutes,
      freshMinutes: overlapMinutes,
      now: () => (isClockKnown ? now() : undefined),
      callsLeft: () => permits.left,
      lookAhead: lookAhead(intake),
      takeIn: (stretch) => takeIn(intake, stretch),
      flushFull: () => writer.flushFull(),
    });
    if (state === 'partial') return 'partial';
    await retryQuarantined({ ...intake, source });
    await followMerges({ ...intake, source });
    return 'succeeded';
  });
