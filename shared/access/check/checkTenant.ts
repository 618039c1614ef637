import type { ThrottledError } from '../../errors';
import type { Access } from '../../model/access';
import { pendingAccess } from '../../model/access';
import type { RegistrationName } from '../../model/registration';
import { registrationFor } from '../../model/registration';
import type { Tenant } from '../../model/tenant';
import { toTicks } from '../../model/time7';
import type { Table, TokenProvider } from '../../ports';
import { readAccesses, writeAccess, writeWait } from '../../store/access';
import type { DueIndex } from '../../store/due';
import { readState } from '../../store/tenantState';
import type { HeardWaits } from '../../sync/limits/heardWaits';
import { scopeOf } from '../links';
import type { AccessByRegistration } from '../overallAccess';
import { readingAccess } from '../overallAccess';
import { apiOf } from '../permissions';
import { registrationIn } from '../registrationIn';
import type { Judged } from './accessAfterCheck';
import { accessAfterCheck, accessBesides } from './accessAfterCheck';
import type { AppLadderDeps } from './appLadder';
import { appLadder } from './appLadder';
import type { AppRow } from './appRows';
import { appRows } from './appRows';
import type { CheckResult } from './checkRow';
import { toResult } from './checkRow';
import { climb } from './climb';
import type { Ladder } from './ladder';
import { rungsOf, stepsOf } from './ladder';
import { hurried } from './readCall';
import { freePermits, readingPermits } from './readingPermits';
import type { Settled } from './step';
import type { UserRow } from './userRows';

export interface CheckDeps extends AppLadderDeps {
  readonly incidents: Table;
  readonly due: Pick<DueIndex, 'add'>;
  /** What runs hold; forgotten where it may be of before the cure. */
  readonly heldTokens: Pick<TokenProvider, 'forget'>;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Of this process. */
  readonly waits: HeardWaits;
}

/** Someone waits for the answer: all of it within half a minute. */
const longestMs = 25_000;
const longestCallMs = 8_000;

interface Climbed {
  readonly row: AppRow;
  readonly settled: readonly Settled[];
}

/**
 * Climbs every ladder into a tenant side by side, with fresh tokens, and keeps what it finds as the tenant's access: one that was blocked
 * and is open again is due at once. `userRows` are climbed in the name of the person who asks, and change nothing.
 * @throws UpstreamError where our own storage is away
 */
export const checkTenant = async (
  given: CheckDeps,
  tenant: Tenant,
  userRows: readonly UserRow[] = [],
): Promise<readonly CheckResult[]> => {
  const deps = { ...given, send: hurried(given.send, longestCallMs) };
  const { incidents, clock, config } = deps;
  const untilMs = clock.elapsedMs() + longestMs;
  const accesses = await readAccesses(tenant.tenantId, incidents);
  const rows = appRows(config, tenant, accesses);
  const climbing = async (ladder: Ladder): Promise<readonly Settled[]> =>
    climb({ steps: stepsOf(ladder), rungs: rungsOf(ladder), untilMs, clock });
  const [climbed, ofPerson] = await Promise.all([
    climbRows(deps, tenant, { rows, accesses, untilMs }),
    Promise.all(userRows.map(async ({ row, ladder }) => toResult(row, await climbing({ ...ladder, send: deps.send })))),
  ]);
  await keepAccesses(deps, tenant, accesses, climbed);
  return [...climbed.map(({ row, settled }) => toResult(row, settled)), ...ofPerson];
};

/** Only of these registrations, for what is probed without anyone asking. @throws UpstreamError where our own storage is away */
export const probeRegistrations = async (
  given: CheckDeps,
  tenant: Tenant,
  accesses: AccessByRegistration,
  registrations: ReadonlySet<RegistrationName>,
): Promise<void> => {
  const deps = { ...given, send: hurried(given.send, longestCallMs) };
  const rows = appRows(deps.config, tenant, accesses).filter(({ registration }) => registrations.has(registration));
  const untilMs = deps.clock.elapsedMs() + longestMs;
  await keepAccesses(deps, tenant, accesses, await climbRows(deps, tenant, { rows, accesses, untilMs }));
};

const climbRows = async (
  deps: CheckDeps,
  tenant: Tenant,
  { rows, accesses, untilMs }: { rows: readonly AppRow[]; accesses: AccessByRegistration; untilMs: number },
): Promise<readonly Climbed[]> => {
  const { clock, waits, incidents } = deps;
  const { state, readAt } = await readState(tenant.tenantId, incidents);
  const nowMs = readAt === undefined ? clock.now() : Number(toTicks(readAt) / 10_000n);
  const { tenantId, backend } = tenant;
  const access = readingAccess(backend, accesses);
  const permits = readingPermits({ ...deps, tenantId, backend, state, access, nowMs });
  const onWait = (wait: ThrottledError): Promise<void> => {
    waits.hear(tenantId, wait.retryAfterMs);
    return waits.tell(tenantId, (leftMs) => writeWait(tenantId, incidents, leftMs, registrationFor(backend)));
  };
  return Promise.all(
    rows.map(async (row) => {
      const isReading = row.api === apiOf(backend);
      const ladder = appLadder(deps, tenant, row, isReading ? permits : freePermits);
      const heeding = isReading ? { ...ladder, onWait } : ladder;
      return { row, settled: await climb({ steps: stepsOf(heeding), rungs: rungsOf(heeding), untilMs, clock }) };
    }),
  );
};

const keepAccesses = async (
  deps: CheckDeps,
  tenant: Tenant,
  accesses: AccessByRegistration,
  climbed: readonly Climbed[],
): Promise<void> => {
  const { tenantId, backend, enabled } = tenant;
  const { incidents, config, clock, due, heldTokens } = deps;
  const reading = registrationFor(backend);
  for (const name of new Set(climbed.map(({ row }) => row.registration))) {
    const before = accesses.get(name) ?? pendingAccess;
    const judged: readonly Judged[] = climbed
      .filter(({ row }) => row.registration === name && (name !== reading || row.needed))
      .map(({ row, settled }) => ({
        settled,
        registration: { ...registrationIn(config, tenant, name), api: row.api },
      }));
    const [needed] = judged;
    if (needed === undefined) continue;
    const after =
      name === reading
        ? accessAfterCheck(before, needed, tenantId, clock.now())
        : accessBesides(before, judged, tenantId, clock.now());
    if (after === before) continue;
    await writeAccess(tenantId, incidents, after, name);
    if (!isOpen(after) || isOpen(before)) continue;
    // A token of before the cure lacks what is granted now.
    for (const { row } of climbed.filter((each) => each.row.registration === name))
      heldTokens.forget(tenant, name, scopeOf(tenant.cloud, row.api) ?? '');
    if (name === reading && enabled) await due.add(tenantId, clock.now());
  }
};

const isOpen = ({ state }: Access): boolean => state === 'granted' || state === 'partial';
