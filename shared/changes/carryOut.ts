import { AuthError, ConsentError, NotFoundError, RequestError, ThrottledError, UpstreamError } from '../errors';
import { targetIdOf } from '../model/connection';
import type { JournalEntry } from '../model/conflict';
import type { ObservedIncident } from '../model/incident';
import type { Link } from '../model/link';
import type { Tenant } from '../model/tenant';
import type { IncidentWriter, RowOperation } from '../ports';
import type { AuditRecord } from '../store/audit';
import { toAuditRow } from '../store/audit';
import { toJournalRow } from '../store/journal';
import { linkStore, toLinkRow } from '../store/links';
import type { InboundPlan } from '../ticketing/rules/inboundPlan';
import { atVersion, planInbound } from '../ticketing/rules/planInbound';
import { incidentValues } from '../ticketing/rules/incidentValues';
import { writeIdsIn } from '../model/marker';
import { shortHash } from '../ticketing/rules/shortHash';
import type { Applied, ApplyDeps, GivenEvent } from './applied';
import { again, settled } from './applied';
import { changeIn } from './changeIn';
import { followToLive, pathToLive } from './followToLive';
import { openWriter } from './openWriter';
import type { PendingChange } from './pendingChange';
import { pendingKey, readPending, toPendingRow } from './pendingChange';
import { rebasedLink } from './rebasedLink';
import { shownWriteIds, withSaidBefore } from './saidBefore';

/** An event whose link this attempt holds. */
export interface HeldEvent extends GivenEvent {
  readonly tenant: Tenant;
  /** The account we write as in its tool; null: not known, or of no use because nobody is named. */
  readonly ownAccount: string | null;
  /** As it was read. */
  readonly link: Link;
  /** Of its claim. */
  readonly etag: string;
  /** By the monotonic count. */
  readonly heldFromMs: number;
}

/** A claim is void after two minutes, and a call may take one. */
const longestHeldMs = 50_000;

/** The steps of `applyEvent` under the claim of the link. Throws like the writer and the table. */
export const carryOut = async (deps: ApplyDeps, held: HeldEvent): Promise<Applied> => {
  const { tenant, link, seed } = held;
  const writer = await openWriter(deps, tenant);
  const path = await pathToLive(writer, link.incidentId);
  const live = path.at(-1);
  const before = await readPending(tenant.tenantId, deps.incidents, seed);
  if (live === undefined) return commit(deps, held, { link, pending: before, as: 'incidentGone' });
  const pending =
    before !== undefined && stillHolds(before, live)
      ? { ...onLinkNow(before, link), ...(before.known === 'out' ? { known: undefined } : {}) }
      : await decide(deps, held, live, before, await withSaidBefore(link, writer, path, before));
  const { plan } = pending;
  if (plan.update === undefined && plan.comments.length === 0)
    return commit(deps, held, { ...plan, pending: before, as: plan.ignored ?? 'noted' });

  const acts = actsOf(held, pending, live);
  const [pendingEtag = ''] = await deps.incidents.writeBatch([
    { kind: 'upsert', row: toPendingRow(tenant.tenantId, pending) },
    ...acts.map((act): RowOperation => ({ kind: 'upsert', row: toAuditRow(act) })),
  ]);
  return act(deps, held, { writer, live, pending, pendingEtag, acts });
};

/** Its ticket may only bring comments by now: the incident it went into has tickets of its own in this connection. */
const isAbsorbed = async (
  { incidents }: ApplyDeps,
  { link, tenant }: HeldEvent,
  { header: { incidentId } }: ObservedIncident,
): Promise<boolean> => {
  if (incidentId === link.incidentId) return false;
  const survivor = await linkStore(tenant.tenantId, incidents).get(link.targetId, incidentId);
  return survivor !== undefined && survivor.link.tickets.length > 0;
};

const onLinkNow = ({ plan, on, ...rest }: PendingChange, link: Link): PendingChange => ({
  ...rest,
  plan: { ...plan, link: rebasedLink(on, plan.link, link) },
  on: link,
});

/**
 * What was decided holds while nobody else has changed the incident since: it stands as it did, or shows what was decided. Made already, it is
 * no longer to be decided: what stands there now came after it.
 */
const stillHolds = ({ liveIncidentId, liveVersion, plan, known }: PendingChange, live: ObservedIncident): boolean =>
  liveIncidentId === live.header.incidentId &&
  (known === 'in' || liveVersion === live.version || shows(live, plan.update));

const shows = ({ header }: ObservedIncident, update: InboundPlan['update']): boolean => {
  const now = incidentValues(header);
  const wanted = incidentValues({ ...header, ...update });
  return Object.entries(wanted).every(([field, value]) => now[field as keyof typeof now] === value);
};

/**
 * An earlier try may have changed the incident before somebody else set it back: what stands there is not older than that, and whose
 * value holds is up to the connection.
 */
const asPerhapsUndone = (
  link: Link,
  before: PendingChange | undefined,
  { header, version }: ObservedIncident,
): Link => {
  if (before === undefined || before.known === 'out' || before.liveIncidentId !== header.incidentId) return link;
  const setAt = Object.keys(before.plan.update ?? {}).map((field) => [field, version]);
  return { ...link, setAt: { ...link.setAt, ...(Object.fromEntries(setAt) as Link['setAt']) } };
};

const decide = async (
  deps: ApplyDeps,
  held: HeldEvent,
  live: ObservedIncident,
  before: PendingChange | undefined,
  given: Link,
): Promise<PendingChange> => {
  const { connection, tenant, event, isWeak, seed, ownAccount } = held;
  const link = asPerhapsUndone(given, before, live);
  const now = new Date(deps.clock.now()).toISOString();
  const { header, body, version } = live;
  const plan = planInbound({
    ...{ connection, event, isWeak, now, ownAccount, link },
    writeBack: tenant.writeBack,
    live: { header, body, version },
    isAside: await isAbsorbed(deps, held, live),
  });
  return { seed, at: now, liveIncidentId: header.incidentId, liveVersion: version, plan, on: held.link };
};

interface Acting {
  readonly writer: IncidentWriter;
  readonly live: ObservedIncident;
  readonly pending: PendingChange;
  /** Of its row. */
  readonly pendingEtag: string;
  /** One an effect: the change first where there is one, then the comments in their order. */
  readonly acts: readonly AuditRecord[];
}

const act = async (deps: ApplyDeps, held: HeldEvent, acting: Acting): Promise<Applied> => {
  const { writer, live, pending } = acting;
  const { plan } = pending;
  const { incidentId } = live.header;
  if (plan.update === undefined) return finish(deps, held, acting, { link: plan.link });
  let link = atVersion(plan.link, live.version);
  if (pending.known !== 'in' && !shows(live, plan.update)) {
    try {
      checkTime(deps, held);
      const after = await changeIncident(deps, held, acting, plan.update);
      link = atVersion(plan.link, after.version);
    } catch (error) {
      if (error instanceof NotFoundError) return letGo(deps, held, again(1_000, 'the incident went away meanwhile'));
      if (!(error instanceof RequestError)) throw error;
      // Merged a moment ago it refuses, too; then it is its survivor's affair.
      if ((await followToLive(writer, incidentId))?.header.incidentId !== incidentId)
        return letGo(deps, held, again(1_000, 'the incident was merged meanwhile'));
      return finish(deps, held, acting, { link: plan.link, refusal: error });
    }
  }
  try {
    return await finish(deps, held, acting, { link });
  } catch (error) {
    // Whoever comes next may find it set back, and would make it once more.
    await remember(deps, held, acting, { ...pending, plan: { ...plan, link }, known: 'in' });
    throw error;
  }
};

/** @throws UpstreamError */
const checkTime = ({ clock }: ApplyDeps, { heldFromMs }: HeldEvent): void => {
  if (clock.elapsedMs() - heldFromMs > longestHeldMs)
    throw new UpstreamError('Too little time is left before the claim is void');
};

/** What is known of a change stays for the next try; unless all of it was stored after all, and only the answer to that was lost. */
const remember = async (
  { incidents }: ApplyDeps,
  { tenant }: HeldEvent,
  { pendingEtag: etag }: Acting,
  pending: PendingChange,
): Promise<void> => {
  const row = toPendingRow(tenant.tenantId, pending);
  await incidents.write({ kind: 'replace', row, etag }).catch(() => undefined);
};

interface Changed {
  readonly link: Link;
  readonly refusal?: RequestError;
}

/** The comments, and all that is to be known of it. */
const finish = async (
  deps: ApplyDeps,
  held: HeldEvent,
  { writer, live, pending, acts }: Acting,
  { link, refusal }: Changed,
): Promise<Applied> => {
  const { plan } = pending;
  const shown = new Set(shownWriteIds(live));
  for (const text of plan.comments) {
    if (writeIdsIn(text).some((id) => shown.has(id))) continue;
    checkTime(deps, held);
    await writer.comment(live.header.incidentId, text);
  }
  const completedAt = new Date(deps.clock.now()).toISOString();
  const audit = acts.map((record): AuditRecord => {
    const isRefused = refusal !== undefined && record.action === 'incident.update';
    return { ...record, state: isRefused ? 'failed' : 'done', code: isRefused ? 'ERR_REQUEST' : null, completedAt };
  });
  // What was refused is as if it had not been said; the journal tells.
  const journal = refusal === undefined ? plan.journal : [...plan.journal, refusedEntry(held, pending, live)];
  const kept = refusal === undefined ? link : { ...held.link, tickets: link.tickets, comments: link.comments };
  await deps.due.add(held.tenant.tenantId, deps.clock.now());
  // Set back since, the ticket has to be told, whatever was delivered meanwhile.
  const isSetBack = pending.known === 'in' && !shows(live, plan.update);
  const done = { link: kept, journal, audit, pending, resend: plan.resend || refusal !== undefined || isSetBack };
  return commit(deps, held, { ...done, as: refusal === undefined ? 'applied' : 'refused' });
};

/**
 * Changes the incident. Where the answer is lost it is looked at, at once: later somebody may have set it back, and it would look as if
 * nothing had been changed yet.
 */
const changeIncident = async (
  deps: ApplyDeps,
  held: HeldEvent,
  acting: Acting,
  change: NonNullable<InboundPlan['update']>,
): Promise<Pick<ObservedIncident, 'version'>> => {
  const { writer, live, pending } = acting;
  const { incidentId } = live.header;
  try {
    return await writer.update(incidentId, change);
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof RequestError) throw error;
    const isTurnedAway = [ThrottledError, AuthError, ConsentError].some((kind) => error instanceof kind);
    const now = isTurnedAway ? live : await writer.get(incidentId).catch(() => undefined);
    if (now !== undefined && shows(now, change)) return now;
    if (now !== undefined) await remember(deps, held, acting, { ...pending, known: 'out' });
    throw error;
  }
};

interface Outcome {
  readonly link: Link;
  readonly journal?: readonly JournalEntry[];
  readonly audit?: readonly AuditRecord[];
  /** Whose row is in the table. */
  readonly pending: PendingChange | undefined;
  readonly resend?: boolean;
  readonly as: (Applied & { readonly is: 'settled' })['as'];
}

/** All that is to be known of it in one batch, over the claim; a claim that is not ours any more is a ConflictError. */
const commit = async (deps: ApplyDeps, held: HeldEvent, outcome: Outcome): Promise<Applied> => {
  const { link, journal = [], audit = [], pending, resend = false, as } = outcome;
  const { tenantId } = held.tenant;
  const lane = { tenantId, targetId: link.targetId, incidentId: link.incidentId };
  // Before the batch, as all that points into it.
  if (resend) await deps.resend(lane);
  await deps.incidents.writeBatch([
    { kind: 'replace', row: toLinkRow(link, null), etag: held.etag },
    ...journal.map((entry): RowOperation => ({ kind: 'upsert', row: toJournalRow(entry) })),
    ...audit.map((record): RowOperation => ({ kind: 'upsert', row: toAuditRow(record) })),
    ...(pending === undefined ? [] : [{ kind: 'delete', ...pendingKey(tenantId, held.seed) } as const]),
  ]);
  return settled(as);
};

/** The link as it was, free for the next. */
const letGo = async ({ incidents }: ApplyDeps, { link, etag }: HeldEvent, outcome: Applied): Promise<Applied> => {
  await incidents.write({ kind: 'replace', row: toLinkRow(link, null), etag });
  return outcome;
};

const actsOf = (held: HeldEvent, { at, plan, liveVersion }: PendingChange, live: ObservedIncident): AuditRecord[] => {
  const { tenant, connection, event, seed } = held;
  const { incidentId } = live.header;
  const record = (part: string, action: string, change: AuditRecord['change']): AuditRecord => ({
    tenantId: tenant.tenantId,
    auditId: shortHash(24, seed, liveVersion, part),
    at,
    actor: { kind: 'ticket', id: event.actor?.id ?? null, name: event.actor?.name ?? null },
    action,
    incidentId,
    targetId: targetIdOf(connection),
    ticketId: event.ticketId,
    change,
    as: 'app',
    state: 'begun',
    code: null,
    completedAt: null,
  });
  const { update } = plan;
  return [
    ...(update === undefined ? [] : [record('update', 'incident.update', changeIn(update, live))]),
    ...plan.comments.map((_, place) => record(`comment ${place}`, 'incident.comment', {})),
  ];
};

const refusedEntry = (
  { tenant, connection, event, seed }: HeldEvent,
  pending: PendingChange,
  live: ObservedIncident,
): JournalEntry => {
  const update = pending.plan.update ?? {};
  const [field] = (['status', 'classification', 'determination', 'assignedTo'] as const).filter(
    (name) => update[name] !== undefined,
  );
  const now = incidentValues(live.header);
  return {
    entryId: shortHash(24, seed, 'refused'),
    tenantId: tenant.tenantId,
    incidentId: live.header.incidentId,
    targetId: targetIdOf(connection),
    kind: 'overruled',
    at: pending.at,
    field: field ?? null,
    value: field === undefined ? null : (update[field] ?? null),
    holds: field === undefined ? null : now[field],
    side: 'ticket',
    actor: event.actor?.name ?? event.actor?.id ?? null,
    because: 'Defender refused this change.',
    change: update,
    state: 'noted',
    decidedBy: null,
    decidedAt: null,
  };
};
