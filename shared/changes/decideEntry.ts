import { ConflictError, NotFoundError, RequestError } from '../errors';
import type { JournalEntry } from '../model/conflict';
import type { IncidentUpdate, Table } from '../ports';
import type { FoundEntry } from '../store/journal';
import { findEntry, toJournalRow } from '../store/journal';
import { isHeld, linkStore, toLinkRow } from '../store/links';
import type { PersonDeps, PersonsCase } from './changeByPerson';
import { changeByPerson } from './changeByPerson';

export interface Decision extends PersonsCase {
  readonly entryId: string;
}

/**
 * Does what a proposal proposes, and marks it. Done again after it broke off it changes nothing twice.
 * @throws NotFoundError (no such proposal) · ConflictError (decided already) · what `changeByPerson` throws
 */
export const acceptProposal = async (deps: PersonDeps, decision: Decision): Promise<JournalEntry> => {
  const found = await openEntry(deps.incidents, decision, 'proposal');
  await apply(deps, decision, found.entry, 'proposal.accept');
  return mark(deps, decision, found, 'accepted');
};

/** Nothing is changed but the proposal. @throws NotFoundError · ConflictError (decided already) */
export const dismissProposal = async (deps: PersonDeps, decision: Decision): Promise<JournalEntry> => {
  const found = await openEntry(deps.incidents, decision, 'proposal');
  return mark(deps, decision, found, 'dismissed');
};

/**
 * Undoes what the rules did: an overruled value is written into Defender, whence it goes to the tickets like any change of a person's; a
 * stopped link goes on.
 * @throws NotFoundError (no such entry) · ConflictError (reversed already; the link is being delivered) · what `changeByPerson` throws
 */
export const reverseConflict = async (deps: PersonDeps, decision: Decision): Promise<JournalEntry> => {
  const found = await findEntry(decision.tenant.tenantId, decision.incidentId, decision.entryId, deps.incidents);
  if (found === undefined || found.entry.kind === 'proposal') throw noEntry(decision);
  if (found.entry.state === 'reversed') throw new ConflictError('This is reversed already');
  if (found.entry.kind === 'comment')
    throw new RequestError('A comment cannot be reversed.', [{ field: 'entryId', message: 'is about a comment' }]);
  if (found.entry.kind === 'suspended') await resume(deps, found.entry);
  else await apply(deps, decision, found.entry, 'conflict.reverse');
  return mark(deps, decision, found, 'reversed');
};

const openEntry = async (table: Table, decision: Decision, kind: JournalEntry['kind']): Promise<FoundEntry> => {
  const found = await findEntry(decision.tenant.tenantId, decision.incidentId, decision.entryId, table);
  if (found?.entry.kind !== kind) throw noEntry(decision);
  if (found.entry.state !== 'open') throw new ConflictError('This is decided already');
  return found;
};

const noEntry = ({ incidentId }: Decision): NotFoundError =>
  new NotFoundError('No such entry in the journal', { incidentId });

const apply = async (deps: PersonDeps, decision: Decision, entry: JournalEntry, action: string): Promise<void> => {
  const change = updateOf(entry);
  if (Object.keys(change).length === 0)
    throw new RequestError('There is nothing to write.', [
      { field: 'entryId', message: 'names no value of Defender’s' },
    ]);
  await changeByPerson(deps, { ...decision, change, action, targetId: entry.targetId, followsMerges: true });
};

/** Nobody's verdict is written as unknown, nobody's owner as none; a state has no such word. */
const updateOf = ({ change, field, value }: JournalEntry): IncidentUpdate => {
  const { status, classification, determination, assignedTo } = change ?? (field === null ? {} : { [field]: value });
  return {
    ...(typeof status === 'string' ? { status } : {}),
    ...(classification === undefined ? {} : { classification: classification ?? 'unknown' }),
    ...(determination === undefined ? {} : { determination: determination ?? 'unknown' }),
    ...(assignedTo === undefined ? {} : { assignedTo }),
  };
};

/** Over the link as it was read; while somebody delivers it, it is theirs. */
const resume = async (
  { incidents, resend }: PersonDeps,
  { tenantId, targetId, incidentId }: JournalEntry,
): Promise<void> => {
  const found = await linkStore(tenantId, incidents).get(targetId, incidentId);
  if (found === undefined) return;
  if (isHeld(found)) throw new ConflictError('The ticket is being delivered at this moment');
  // What filled the breaker is forgotten with it, or the next change would stop the link again.
  const row = toLinkRow({ ...found.link, suspended: null, applied: [] }, null);
  if (found.link.suspended !== null) await incidents.write({ kind: 'replace', row, etag: found.etag });
  // What happened meanwhile was told to nobody.
  await resend({ tenantId, targetId, incidentId });
};

const mark = async (
  { incidents, clock }: PersonDeps,
  { person }: Decision,
  { entry, etag }: FoundEntry,
  state: JournalEntry['state'],
): Promise<JournalEntry> => {
  const decided: JournalEntry = {
    ...entry,
    state,
    decidedBy: person.name,
    decidedAt: new Date(clock.now()).toISOString(),
  };
  await incidents.write({ kind: 'replace', row: toJournalRow(decided), etag });
  return decided;
};
