import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { TargetError, UpstreamError } from '../../errors';
import type { OutgoingComment, TicketActor, TicketRef, TicketSnapshot } from '../../model/ticket';
import type { Connector, ConnectorDeps } from '../connector';
import { writeIdsIn } from '../../model/marker';
import { instant, readAs } from '../readAnswer';
import type { ToolAnswer, ToolCall } from '../toolCall';
import { callTool, withoutSlash } from '../toolCall';
import type { PagerdutySettings } from './settings';
import { pagerdutySettings } from './settings';
import { fromPagerdutyStatus } from './status';
import { toIncidentUpdate, toNewIncident, toNote, toTrigger } from './toTicket';

const title = 'PagerDuty';
const defaultEventsUrl = 'https://events.pagerduty.com';
/** An event is taken at once and worked on later; the pauses before each look for its incident. */
const looksMs = [0, 250, 500, 1_000, 2_000, 2_000];
const pageSize = 100;
const mostPages = 20;
const mostListed = 200;

const reference = z.object({ id: z.string(), type: z.string().nullish() });
/** @see https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents */
const incident = z.object({
  id: z.string(),
  incident_number: z.number().nullish(),
  html_url: z.string().nullish(),
  incident_key: z.string().nullish(),
  status: z.string(),
  created_at: z.string(),
  updated_at: z.string().nullish(),
  last_status_change_at: z.string().nullish(),
  last_status_change_by: reference.nullish(),
  assignments: z.array(z.object({ assignee: reference })).nullish(),
  resolve_reason: z.object({ type: z.string().nullish() }).nullish(),
  service: reference.nullish(),
});
type Incident = z.output<typeof incident>;
const one = z.object({ incident });
const listed = z.object({ incidents: z.array(incident) });
const alerts = z.object({ alerts: z.array(z.object({ alert_key: z.string().nullish() })) });
const notes = z.object({ notes: z.array(z.object({ content: z.string().nullish() })) });
const user = z.object({ id: z.string(), name: z.string().nullish(), email: z.string().nullish() });
const me = z.object({ user });
const users = z.object({ users: z.array(user) });
const log = z.object({
  log_entries: z.array(z.object({ incident: z.unknown().optional() })),
  more: z.boolean().nullish(),
});
const taken = z.object({ status: z.literal('success') });
const refusal = z.object({ error: z.object({ errors: z.array(z.string()).nullish(), message: z.string().nullish() }) });

type Ask = Omit<ToolCall, 'url' | 'headers'> & { readonly path: string };

/**
 * PagerDuty over its REST API, and over the Events API for making incidents where the settings say so. The key is the incident's own, or
 * that of its alert. `auth.secret` is the REST key, `outbound.secret` the routing key.
 */
export const connectPagerduty = (deps: ConnectorDeps): Connector => {
  const { connection, send, clock } = deps;
  const settings = pagerdutySettings.read(connection);
  const base = withoutSlash(connection.url);
  const caller = { title, send, clock, waitOf };

  const ask = async ({ path, ...call }: Ask): Promise<ToolAnswer> =>
    callTool(caller, {
      ...call,
      url: `${base}${path}`,
      headers: {
        accept: 'application/vnd.pagerduty+json;version=2',
        authorization: `Token token=${await deps.secret()}`,
        from: settings.from,
      },
    });

  const keyOf = async ({ id, incident_key: key }: Incident): Promise<string | null> => {
    if (typeof key === 'string' && key !== '') return key;
    // An incident with alerts has no key of its own; its first alert has ours.
    const { json } = await ask({ method: 'GET', path: `/incidents/${id}/alerts?limit=1&sort_by=created_at%3Aasc` });
    return readAs(alerts, json, title).alerts[0]?.alert_key ?? null;
  };
  const carries = async (each: Incident, key: string): Promise<boolean> => {
    if (typeof each.incident_key === 'string' && each.incident_key !== '') return each.incident_key === key;
    const path = `/incidents/${encodeURIComponent(each.id)}/alerts?alert_key=${encodeURIComponent(key)}&limit=${pageSize}`;
    const { json } = await ask({ method: 'GET', path });
    return readAs(alerts, json, title).alerts.some(({ alert_key: found }) => found === key);
  };
  const find = async (key: string): Promise<TicketRef | undefined> => {
    const path = `/incidents?date_range=all&incident_key=${encodeURIComponent(key)}&limit=${pageSize}`;
    const found = readAs(listed, (await ask({ method: 'GET', path })).json, title).incidents;
    // The one at work, else the newest: a key may be used again after its incident was resolved.
    const inOrder = found.sort((a, b) => rankOf(a) - rankOf(b) || Date.parse(b.created_at) - Date.parse(a.created_at));
    for (const each of inOrder) if (await carries(each, key)) return refOf(each);
    return undefined;
  };
  const snapshotOf = async (read: Incident): Promise<TicketSnapshot> => {
    const at = read.updated_at ?? read.last_status_change_at ?? read.created_at;
    const updatedAt = instant(at, 'updated_at');
    return {
      ...refOf(read),
      key: await keyOf(read),
      // A word of the future is something that is being worked on.
      status: fromPagerdutyStatus(read.status) ?? 'inProgress',
      rawStatus: read.status,
      resolution: read.resolve_reason?.type ?? null,
      assignee: read.assignments?.[0]?.assignee.id ?? null,
      updatedAt,
      version: updatedAt,
      updatedBy: read.last_status_change_by?.id ?? null,
    };
  };
  const addNotes = async (ticketId: string, comments: readonly OutgoingComment[]): Promise<void> => {
    for (const { text } of comments)
      await ask({ method: 'POST', path: `${pathOf(ticketId)}/notes`, json: { note: toNote(text) }, isOfTicket: true });
  };
  /** Those not written yet: a try before may have come through without its answer. */
  const unwritten = async (
    ticketId: string,
    comments: readonly OutgoingComment[],
  ): Promise<readonly OutgoingComment[]> => {
    if (comments.length === 0) return comments;
    const { json } = await ask({ method: 'GET', path: `${pathOf(ticketId)}/notes`, isOfTicket: true });
    const written = new Set(readAs(notes, json, title).notes.flatMap(({ content }) => writeIdsIn(content ?? '')));
    return comments.filter(({ writeId }) => !written.has(writeId));
  };
  const write = async (ticketId: string, update: Readonly<Record<string, unknown>>): Promise<void> => {
    const answer = await ask({
      method: 'PUT',
      path: pathOf(ticketId),
      json: { incident: update },
      isOfTicket: true,
      accepts: [400],
    });
    if (answer.status !== 400) return;
    if (!saysResolved(answer)) throw refusedContent();
    if (update.status !== 'resolved')
      throw new TargetError('PagerDuty keeps this incident resolved', 'ticketClosed', answer.status);
    // It is as it should be; what else changes may still be taken, and is of no use to anybody where it is not.
    const rest = Object.entries(update).filter(([name]) => name !== 'status' && name !== 'resolution');
    if (rest.length > 1) {
      const json = { incident: Object.fromEntries(rest) };
      await ask({ method: 'PUT', path: pathOf(ticketId), json, isOfTicket: true, accepts: [400] });
    }
  };
  const createByRest = async (content: Parameters<Connector['create']>[0], service: string): Promise<TicketRef> => {
    const json = { incident: toNewIncident(content, service) };
    const answer = await ask({ method: 'POST', path: '/incidents', json, accepts: [400] });
    // An open incident has this key: an earlier try made it.
    const known = answer.status === 400 && saysKeyTaken(answer) ? await find(content.key) : undefined;
    if (answer.status === 400 && known === undefined) throw refusedContent();
    return known ?? refOf(readAs(one, answer.json, title).incident);
  };
  const createByEvent = async (content: Parameters<Connector['create']>[0]): Promise<TicketRef> => {
    const [routingKey] = await deps.signingSecrets();
    if (routingKey === undefined)
      throw new TargetError(
        'PagerDuty needs the routing key of an integration: put it into outbound.secret',
        'credential',
        null,
      );
    const url = `${withoutSlash(settings.eventsUrl ?? defaultEventsUrl)}/v2/enqueue`;
    const answer = await callTool(caller, { method: 'POST', url, headers: {}, json: toTrigger(content, routingKey) });
    readAs(taken, answer.json, "PagerDuty's Events API");
    for (const pauseMs of looksMs) {
      if (pauseMs > 0) await setTimeout(pauseMs);
      const found = await find(content.key);
      if (found !== undefined) return found;
    }
    // The event may come to its incident any moment; the next try looks for it first.
    throw new UpstreamError('PagerDuty took the event but shows no incident of it yet; do its rules suppress it?');
  };

  return {
    whoAmI: async (): Promise<TicketActor> => {
      const answer = await ask({ method: 'GET', path: '/users/me', accepts: [400] });
      if (answer.status !== 400) return actorOf(readAs(me, answer.json, title).user);
      // A key of the account is nobody's; we write as the user named by `from`.
      const path = `/users?query=${encodeURIComponent(settings.from)}&limit=${pageSize}`;
      const found = readAs(users, (await ask({ method: 'GET', path })).json, title).users;
      const writer = found.find(({ email }) => email?.toLowerCase() === settings.from.toLowerCase());
      if (writer !== undefined) return actorOf(writer);
      throw new TargetError('PagerDuty has no user with the address in mapping.settings.from', 'credential', 200);
    },
    find,
    create: async (content) => {
      const service = makesByRest(settings);
      const ref = service === undefined ? await createByEvent(content) : await createByRest(content, service);
      // An event names nobody, and no incident is made acknowledged or resolved.
      const state = toIncidentUpdate({
        key: content.key,
        comments: [],
        ...(content.status !== 'new' && { status: content.status }),
        ...(service === undefined && content.assignee !== undefined && { assignee: content.assignee }),
      });
      await addNotes(ref.ticketId, content.comments);
      if (state !== undefined) await write(ref.ticketId, state);
      return ref;
    },
    update: async (ticketId, change) => {
      const comments = await unwritten(ticketId, change.comments);
      const update = toIncidentUpdate(change);
      if (update !== undefined) await write(ticketId, update);
      await addNotes(ticketId, comments);
    },
    read: async (ticketId) => {
      if (!isId(ticketId)) return undefined;
      const answer = await ask({ method: 'GET', path: pathOf(ticketId), accepts: [404] });
      return answer.status === 404 ? undefined : snapshotOf(readAs(one, answer.json, title).incident);
    },
    changedSince: async (since) => {
      const from = instant(since, 'since');
      const found = new Map<string, Incident>();
      // Incidents can be listed by when they were made, not by when they changed: the account's log tells that, newest first.
      for (let page = 0; page < mostPages; page += 1) {
        const path = `/log_entries?since=${encodeURIComponent(from)}&include%5B%5D=incidents&limit=${pageSize}&offset=${page * pageSize}`;
        const { log_entries: entries, more } = readAs(log, (await ask({ method: 'GET', path })).json, title);
        for (const entry of entries) {
          const read = incident.safeParse(entry.incident);
          if (read.success && mayBeOurs(read.data, settings) && !found.has(read.data.id))
            found.set(read.data.id, read.data);
        }
        if (more !== true) break;
      }
      const snapshots: TicketSnapshot[] = [];
      for (const each of [...found.values()].sort((a, b) => changedMs(a) - changedMs(b)).slice(0, mostListed)) {
        const snapshot = await snapshotOf(each);
        if (snapshot.key !== null && ourKey.test(snapshot.key) && snapshot.updatedAt >= from) snapshots.push(snapshot);
      }
      return snapshots;
    },
  };
};

/** `<tenantId>:<incidentId>`. */
const ourKey = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:/i;

const mayBeOurs = ({ incident_key: key, service }: Incident, settings: PagerdutySettings): boolean => {
  if (settings.service !== undefined && service?.id !== settings.service) return false;
  return typeof key === 'string' && key !== '' ? ourKey.test(key) : makesByRest(settings) === undefined;
};

const changedMs = ({ updated_at: at, created_at: made }: Incident): number => Date.parse(at ?? made);

/** The service incidents are made in by the incidents API; undefined: they are made by events. */
const makesByRest = ({ service, via }: PagerdutySettings): string | undefined => {
  if (via === 'events') return undefined;
  if (via === 'rest' && service === undefined)
    throw new TargetError('PagerDuty needs to know where: set mapping.settings.service', 'refused', null);
  return service;
};

const isId = (ticketId: string): boolean => /^[A-Z0-9]{5,30}$/.test(ticketId);

const pathOf = (ticketId: string): string => {
  if (isId(ticketId)) return `/incidents/${ticketId}`;
  throw new TargetError('This is no incident id of PagerDuty', 'ticketGone', null);
};

const rankOf = ({ status }: Incident): number => (status === 'resolved' ? 1 : 0);

const refOf = ({ id, incident_number: number, html_url: url }: Incident): TicketRef => ({
  ticketId: id,
  number: typeof number === 'number' ? `#${number}` : id,
  url: url ?? null,
});

const actorOf = ({ id, name }: z.output<typeof user>): TicketActor => ({ id, name: name ?? null });

const sentences = ({ json }: ToolAnswer): string => {
  const said = refusal.safeParse(json);
  return said.success ? [said.data.error.message, ...(said.data.error.errors ?? [])].join(' ') : '';
};
const saysResolved = (answer: ToolAnswer): boolean => /already resolved/i.test(sentences(answer));
const saysKeyTaken = (answer: ToolAnswer): boolean => /matching (?:dedup|incident)[ _]key/i.test(sentences(answer));

const refusedContent = (): TargetError =>
  new TargetError('PagerDuty answered 400: it does not take the content; check mapping and settings', 'refused', 400);

/** PagerDuty tells the seconds in a header of its own. @see https://developer.pagerduty.com/docs/rest-api-rate-limits */
const waitOf = ({
  headers,
}: {
  readonly headers: Readonly<Record<string, string | undefined>>;
}): number | undefined => {
  const seconds = headers['ratelimit-reset']?.trim() ?? '';
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
};
