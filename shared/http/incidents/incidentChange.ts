import { z } from 'zod';
import type { PersonDeps } from '../../changes/changeByPerson';
import { changeByPerson } from '../../changes/changeByPerson';
import type { Decision } from '../../changes/decideEntry';
import type { Person } from '../../changes/inPersonsName';
import { ticketsOfIncident } from '../../changes/ticketsOf';
import { resendLane } from '../../delivery/resendLane';
import { RequestError } from '../../errors';
import { classifications, determinations } from '../../incidents/verdict';
import type { JournalEntry } from '../../model/conflict';
import { oneDetermination } from '../../model/determination';
import { toTime7 } from '../../model/time7';
import type { IncidentUpdate } from '../../ports';
import { readJournal } from '../../store/journal';
import { openLanes } from '../../store/openLanes';
import { readState } from '../../store/tenantState';
import type { FoundIncident } from './findIncident';
import type { ConflictView, IncidentView } from './incidentView';
import { conflictView, incidentRowView, incidentView } from './incidentView';
import type { Call } from '../method';

/** What may be written of an incident's state; merging is Defender's alone. */
const statuses = ['active', 'inProgress', 'resolved', 'awaitingAction'] as const;
const mostTags = 50;
const longestTag = 200;
const longestOwner = 500;
const longestComment = 4_000;

const wellFormed = (text: string): boolean => text.isWellFormed();
const plain = (most: number) => z.string().trim().min(1).max(most).refine(wellFormed, 'must be Unicode text');

export const changeBody = z
  .strictObject({
    status: z.enum(statuses).optional(),
    classification: z.enum(classifications as [string, ...string[]]).optional(),
    determination: z
      .string()
      .transform(oneDetermination)
      .pipe(z.enum(determinations as [string, ...string[]]))
      .optional(),
    assignedTo: plain(longestOwner).nullable().optional(),
    customTags: z.array(plain(longestTag)).max(mostTags).optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: 'must name at least one of status, classification, determination, assignedTo, customTags',
  });

export const commentBody = z.strictObject({ comment: plain(longestComment) });

type AnyCall = Pick<Call<unknown, unknown, unknown>, 'services' | 'caller' | 'context' | 'assertion'>;

export const personOf = ({ caller, assertion }: AnyCall): Person => {
  const { kind, objectId, name, tenantId } = caller;
  return { kind, objectId, name, tenantId, assertion };
};

export const personDeps = ({ services, context }: AnyCall): PersonDeps => {
  const { writing, userTokens, due, randomId, storage } = services;
  const warn: PersonDeps['log']['warn'] = (message, fields = {}) =>
    context.warn(`${message} ${JSON.stringify(fields)}`);
  const resending = { incidents: storage.incidents, lanes: openLanes(storage.index), queue: storage.deliverQueue };
  const resend = resendLane.bind(undefined, resending);
  return { ...writing, userTokens, due, randomId, log: { warn }, resend };
};

type ChangeCall = Call<FoundIncident, unknown, z.output<typeof changeBody>>;

/** @returns the incident as Defender shows it now, its alerts as they are stored @throws like `changeByPerson` */
export const changeIncident = async (
  call: ChangeCall,
): Promise<{ readonly view: IncidentView; readonly etag: string }> => {
  const { found, services } = call;
  const { tenant, incident, body } = found;
  const { incidentId } = incident.header;
  const { incidents } = services.storage;
  const change = withoutUndefined(call.body);
  const ifVersion = versionIn(call.header('if-match'));
  const asked = { tenant, incidentId, person: personOf(call), change };
  const after = await changeByPerson(personDeps(call), ifVersion === undefined ? asked : { ...asked, ifVersion });
  const [{ state }, tickets, journal] = await Promise.all([
    readState(tenant.tenantId, incidents),
    ticketsOfIncident(tenant.tenantId, incidentId, incidents),
    readJournal(tenant.tenantId, incidentId, incidents),
  ]);
  const { alertsCount } = incident.header;
  const shown = { ...incident, header: { ...after.header, alertsCount }, version: after.version, asOf: after.asOf };
  const row = incidentRowView(shown, tenant, state.cursor.readThrough, tickets);
  const whole = { ...after.body, alerts: body.alerts ?? [] };
  return { view: incidentView(row, whole, journal), etag: `"${row.lastUpdateDateTime}"` };
};

const withoutUndefined = (body: z.output<typeof changeBody>): IncidentUpdate =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));

/** `"2026-11-20T08:00:00.1234567Z"`, also weak; undefined where any version will do. @throws RequestError */
const versionIn = (header: string | null): string | undefined => {
  const given = header?.trim() ?? '*';
  if (given === '*') return undefined;
  const version = /^(?:W\/)?"([^"]*)"$/.exec(given)?.[1];
  if (version !== undefined && toTime7(version) !== undefined) return version;
  throw new RequestError('If-Match is not valid.', [
    { field: 'if-match', message: 'must be the etag of this incident: its lastUpdateDateTime in quotes' },
  ]);
};

type EntryCall = Call<FoundIncident & { readonly entryId: string }, unknown, unknown>;

/** An Analyst's word on one entry of the journal. @returns it as it stands then */
export const decide = async (
  call: EntryCall,
  work: (deps: PersonDeps, decision: Decision) => Promise<JournalEntry>,
): Promise<ConflictView> => {
  const { tenant, incident, entryId } = call.found;
  const decision = { tenant, incidentId: incident.header.incidentId, entryId, person: personOf(call) };
  return conflictView(await work(personDeps(call), decision));
};
