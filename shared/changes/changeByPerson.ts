import { AppError, ConflictError, ConsentError, ForbiddenError, NotFoundError, WriteBackError } from '../errors';
import type { ObservedIncident } from '../model/incident';
import type { Tenant } from '../model/tenant';
import { toTime7 } from '../model/time7';
import type { IncidentUpdate, IncidentWriter, Log, RandomId, UserTokens } from '../ports';
import { isPair, unwritable, withCheckedVerdict } from '../incidents/verdict';
import type { AuditRecord } from '../store/audit';
import { toAuditRow } from '../store/audit';
import type { DueIndex } from '../store/due';
import type { TenantLane } from '../store/openLanes';
import { changeIn } from './changeIn';
import { followToLive } from './followToLive';
import type { Person } from './inPersonsName';
import { tokensInName } from './inPersonsName';
import type { WritingDeps } from './openWriter';
import { openWriter } from './openWriter';
import { changeNote, commentFor, personsComment } from './personsWords';

export interface PersonDeps extends WritingDeps {
  readonly userTokens: Pick<UserTokens, 'onBehalfOf'>;
  readonly due: Pick<DueIndex, 'add'>;
  readonly randomId: RandomId;
  readonly log: Pick<Log, 'warn'>;
  /** Has a ticket brought into step though nothing new happened. */
  readonly resend: (lane: TenantLane) => Promise<void>;
}

export interface PersonsCase {
  readonly tenant: Tenant;
  readonly incidentId: string;
  readonly person: Person;
}

/** In whose name Microsoft was asked. */
export type InNameOf = 'user' | 'app';

export interface PersonsChange extends PersonsCase {
  readonly change: IncidentUpdate;
  /** Of the last update that the person saw; undefined: whatever it is. */
  readonly ifVersion?: string;
  /** A proposal, say, that came from a ticket. */
  readonly action?: string;
  /** `targetIdOf` the connection it came by. */
  readonly targetId?: string;
  /** An incident that was merged gives its changes to its survivor; default: it refuses. */
  readonly followsMerges?: boolean;
}

/**
 * A change an Analyst asks for: live state first, in their own name where that can be, else as the app with a comment that names them.
 * @returns the incident as it is then
 * @throws WriteBackError (switched off) · NotFoundError · ConflictError (changed since, or merged) · RequestError · ForbiddenError (Defender
 * does not let this person) · ChallengeError · what the writer throws
 */
export const changeByPerson = async (deps: PersonDeps, asked: PersonsChange): Promise<ObservedIncident> => {
  assertWriteBack(asked.tenant);
  const change = withCheckedVerdict(asked.change);
  return inTheirName(deps, asked, async (writer, as) => {
    const live = await lookAt(writer, asked);
    if (asked.ifVersion !== undefined && !isVersion(asked.ifVersion, live))
      throw new ConflictError('The incident has changed since', { incidentId: asked.incidentId });
    assertFits(change, live);
    const { incidentId } = live.header;
    const record = begun(deps, asked, { action: asked.action ?? 'incident.update', as, incidentId });
    const after = await audited(deps, { ...record, change: changeIn(change, live) }, () =>
      writer.update(incidentId, change),
    );
    await deps.due.add(asked.tenant.tenantId, deps.clock.now());
    if (as === 'app') await nameThem(deps, writer, { ...asked, incidentId, change });
    return after;
  });
};

/** An Analyst's comment. @returns it as it was written @throws like `changeByPerson` */
export const commentByPerson = async (
  deps: PersonDeps,
  asked: PersonsCase & { readonly comment: string },
): Promise<{ readonly comment: string; readonly as: InNameOf }> => {
  assertWriteBack(asked.tenant);
  return inTheirName(deps, asked, async (writer, as) => {
    const { incidentId } = (await lookAt(writer, asked)).header;
    const { person, comment: given } = asked;
    const comment = as === 'user' ? personsComment(given) : commentFor(person.name, given);
    const record = begun(deps, asked, { action: 'incident.comment', as, incidentId });
    await audited(deps, record, () => writer.comment(incidentId, comment));
    await deps.due.add(asked.tenant.tenantId, deps.clock.now());
    return { comment, as };
  });
};

export const assertWriteBack = ({ tenantId, enabled, writeBack }: Tenant): void => {
  if (!enabled) throw new WriteBackError('The tenant is switched off.', { tenantId });
  if (!writeBack)
    throw new WriteBackError('Changing incidents (writeBack) is switched off for this tenant.', { tenantId });
};

const inTheirName = async <T>(
  deps: PersonDeps,
  { tenant, person }: PersonsCase,
  work: (writer: IncidentWriter, as: InNameOf) => Promise<T>,
): Promise<T> => {
  const tokens = await tokensInName(deps.userTokens, tenant, person);
  if (tokens === undefined) return work(await openWriter(deps, tenant, { isAsked: true }), 'app');
  try {
    return await work(await openWriter(deps, tenant, { tokens }), 'user');
  } catch (error) {
    // What Defender does not let them do the relay does not do for them.
    if (error instanceof ConsentError && error.reason === 'roleMissing')
      throw new ForbiddenError('Defender does not let this person change incidents', { cause: error });
    throw error;
  }
};

const lookAt = async (
  writer: IncidentWriter,
  { incidentId, followsMerges = false }: PersonsCase & Pick<PersonsChange, 'followsMerges'>,
): Promise<ObservedIncident> => {
  const live = followsMerges ? await followToLive(writer, incidentId) : await writer.get(incidentId);
  if (live === undefined) throw new NotFoundError('Defender knows no such incident any more', { incidentId });
  if (live.header.redirectIncidentId !== null || live.header.status?.toLowerCase() === 'redirected')
    throw new ConflictError('The incident was merged into another', { incidentId });
  return live;
};

/** Texts of one instant may differ: what is compared is the instant. */
const isVersion = (given: string, { version }: ObservedIncident): boolean => toTime7(given) === version;

/** A determination alone has to go with the classification that is there. */
const assertFits = ({ classification, determination }: IncidentUpdate, { header }: ObservedIncident): void => {
  const holds = header.classification ?? 'unknown';
  if (classification === undefined && determination !== undefined && !isPair(holds, determination))
    throw unwritable('determination', `does not go with ${holds}, which the incident is classified as: send both`);
};

const begun = (
  { clock, randomId }: PersonDeps,
  { tenant, person, targetId }: PersonsCase & Pick<PersonsChange, 'targetId'>,
  rest: Pick<AuditRecord, 'action' | 'as' | 'incidentId'>,
): AuditRecord => ({
  tenantId: tenant.tenantId,
  auditId: randomId(),
  at: new Date(clock.now()).toISOString(),
  actor: { kind: 'person', id: person.objectId, name: person.name },
  targetId: targetId ?? null,
  ticketId: null,
  change: {},
  state: 'begun',
  code: null,
  completedAt: null,
  ...rest,
});

/** Written before the act and completed after it: one that stays `begun` was cut off, and nobody knows whether it was done. */
export const audited = async <T>(
  { incidents, clock, log }: Pick<PersonDeps, 'incidents' | 'clock' | 'log'>,
  record: AuditRecord,
  act: () => Promise<T>,
): Promise<T> => {
  await incidents.write({ kind: 'upsert', row: toAuditRow(record) });
  const complete = async (state: AuditRecord['state'], code: string | null): Promise<void> => {
    const completedAt = new Date(clock.now()).toISOString();
    try {
      await incidents.write({ kind: 'upsert', row: toAuditRow({ ...record, state, code, completedAt }) });
    } catch {
      log.warn('an audit row could not be completed', { tenantId: record.tenantId });
    }
  };
  try {
    const result = await act();
    await complete('done', null);
    return result;
  } catch (error) {
    await complete('failed', error instanceof AppError ? error.code : 'ERR_INTERNAL');
    throw error;
  }
};

/** The change is made; that the note could not be is no reason to call it failed. Audit names the person whatever happens. */
const nameThem = async (
  deps: PersonDeps,
  writer: IncidentWriter,
  { tenant, person, incidentId, change }: PersonsChange,
): Promise<void> => {
  const record = begun(deps, { tenant, person, incidentId }, { action: 'incident.comment', as: 'app', incidentId });
  try {
    await audited(deps, record, () => writer.comment(incidentId, changeNote(person.name, change)));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.log.warn('a change could not be signed with its author', { tenantId: tenant.tenantId, code: error.code });
  }
};
