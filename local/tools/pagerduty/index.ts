import { isObject, jsonObject } from '../body';
import type { FakeTicket, FakeTool, FakeToolOptions } from '../fakeTool';
import type { ToolAnswer, ToolRequest } from '../server';
import { startToolServer } from '../server';
import { hook, incidentData, noteData } from './hooks';
import type { PagerdutyIncident, PagerdutyNote, PagerdutyUser } from './incident';
import { reference, shown } from './incident';
import { wrongInChange, wrongInCreation, wrongInEvent } from './validate';

/** Whom the API writes as, and somebody on call. */
export const pagerdutyAccount = { id: 'PXDRRELAY', name: 'xdr-relay', email: 'relay@example.com' } as const;
export const pagerdutyPerson = { id: 'PMIAKELLER', name: 'Mia Keller', email: 'mia@example.com' } as const;
export const pagerdutyService = 'PSECURITY';
/** Of the service's Events API v2 integration. */
export const pagerdutyRoutingKey = 'e93facc04764012d7bfb002500d5d1a6';

export interface PagerdutyOptions extends FakeToolOptions {
  /** `account`: a key of the account, which is nobody's. Default `user`. */
  readonly keyOf?: 'user' | 'account';
  /** A resolved incident stays so, as older accounts have it. */
  readonly staysResolved?: boolean;
  /** How many lists do not show a new incident that an event made. */
  readonly eventLag?: number;
}

const users: readonly PagerdutyUser[] = [pagerdutyAccount, pagerdutyPerson];
const apiError = (status: number, message: string, code: number, errors: readonly string[] = []): ToolAnswer => ({
  status,
  body: { error: { message, code, errors } },
});
const notFound = apiError(404, 'Not Found', 2100);
const invalid = (errors: readonly string[]): ToolAnswer => apiError(400, 'Invalid Input Provided', 2001, errors);

/** A PagerDuty account: REST API, Events API v2 and V3 webhooks. @see https://developer.pagerduty.com/api-reference */
export async function startPagerduty({
  secret,
  now = Date.now,
  keyOf = 'user',
  staysResolved = false,
  eventLag = 0,
}: PagerdutyOptions): Promise<FakeTool> {
  const incidents: PagerdutyIncident[] = [];
  const log: { readonly at: string; readonly incident: PagerdutyIncident }[] = [];
  let lastNumber = 100;
  const iso = (atMs: number): string => new Date(atMs).toISOString();
  const seconds = (at: string): string => `${at.slice(0, 19)}Z`;
  const userOf = (id: string | null): PagerdutyUser | null => users.find((user) => user.id === id) ?? null;

  const touch = (incident: PagerdutyIncident, at: string, by: string | null): void => {
    incident.updated_at = seconds(at);
    incident.lastAgentId = by;
    log.unshift({ at: incident.updated_at, incident });
  };
  const tell = (incident: PagerdutyIncident, type: string, by: string | null, at: string): void =>
    void server.sendHook(hook(type, incidentData({ ...incident }, users), userOf(by), at));

  const make = (
    over: Pick<PagerdutyIncident, 'title' | 'urgency' | 'incident_key' | 'alerts' | 'details'> &
      Partial<PagerdutyIncident>,
    by: string | null,
  ): PagerdutyIncident => {
    const at = iso(now());
    const incident: PagerdutyIncident = {
      id: `PINC${(lastNumber += 1)}`,
      number: lastNumber,
      created_at: seconds(at),
      updated_at: seconds(at),
      status: 'triggered',
      priority: null,
      serviceId: pagerdutyService,
      // Nobody is on call.
      assigneeId: null,
      lastAgentId: by,
      resolution: null,
      notes: [],
      writes: 1,
      hiddenFor: 0,
      ...over,
    };
    incidents.push(incident);
    touch(incident, at, by);
    tell(incident, 'triggered', by, at);
    return incident;
  };

  /** Says why not, where the account does not allow it. */
  const setStatus = (
    incident: PagerdutyIncident,
    status: string,
    by: string | null,
    at: string,
  ): string | undefined => {
    const before = incident.status;
    if (before === 'resolved' && (status === 'resolved' || staysResolved)) return 'Incident Already Resolved';
    incident.status = status;
    if (before === status) return undefined;
    // A resolved incident is nobody's; whoever acknowledges one that was resolved gets it.
    if (status === 'acknowledged' && before === 'resolved') incident.assigneeId = by;
    if (status === 'resolved') incident.assigneeId = null;
    if (before === 'resolved') tell(incident, 'reopened', by, at);
    else if (status === 'triggered') tell(incident, 'unacknowledged', by, at);
    else tell(incident, status, by, at);
    return undefined;
  };
  const assign = (incident: PagerdutyIncident, to: string, by: string | null, at: string): void => {
    if (incident.assigneeId === to) return;
    incident.assigneeId = to;
    tell(incident, 'reassigned', by, at);
  };
  const annotate = (incident: PagerdutyIncident, content: string, by: string): PagerdutyNote => {
    const at = iso(now());
    const note = {
      id: `PNOTE${incident.notes.length + 1}X${incident.number}`,
      content,
      userId: by,
      created_at: seconds(at),
    };
    incident.notes.push(note);
    touch(incident, at, by);
    void server.sendHook(hook('annotated', noteData(incident, note), userOf(by), at));
    return note;
  };

  const create = (given: Readonly<Record<string, unknown>>, by: string): ToolAnswer => {
    const wrong = wrongInCreation(given);
    if (wrong.length > 0) return invalid(wrong);
    const key = typeof given.incident_key === 'string' ? given.incident_key : null;
    if (key !== null && incidents.some((each) => each.incident_key === key && each.status !== 'resolved'))
      return invalid(['Open incident with matching dedup key already exists on this service']);
    if (idIn(given.service) !== pagerdutyService) return invalid(['Service not found']);
    const incident = make(
      {
        title: String(given.title),
        urgency: given.urgency === 'low' ? 'low' : 'high',
        incident_key: key,
        alerts: [],
        details: given.body,
        priority: given.priority === undefined ? null : { id: idIn(given.priority) },
        assigneeId: assigneeIn(given.assignments),
      },
      by,
    );
    return { status: 201, body: { incident: shown(incident, users) } };
  };

  const update = (incident: PagerdutyIncident, given: Readonly<Record<string, unknown>>, by: string): ToolAnswer => {
    const wrong = wrongInChange(given);
    if (wrong.length > 0) return invalid(wrong);
    const to = assigneeIn(given.assignments);
    if (to !== null && userOf(to) === null) return invalid(['Assignee not found']);
    const at = iso(now());
    if (typeof given.status === 'string') {
      const refused = setStatus(incident, given.status, by, at);
      if (refused !== undefined) return invalid([refused]);
    }
    if (typeof given.title === 'string') incident.title = given.title;
    if (typeof given.urgency === 'string') incident.urgency = given.urgency;
    if (given.priority !== undefined) incident.priority = { id: idIn(given.priority) };
    if (typeof given.resolution === 'string') incident.resolution = given.resolution;
    if (to !== null) assign(incident, to, by, at);
    touch(incident, at, by);
    incident.writes += 1;
    return { status: 200, body: { incident: shown(incident, users) } };
  };

  const enqueue = (request: ToolRequest): ToolAnswer => {
    const no = (errors: readonly string[]): ToolAnswer => ({
      status: 400,
      body: { status: 'invalid event', message: 'Event object is invalid', errors },
    });
    const given = jsonObject(request);
    const wrong = given === undefined ? ['JSON parse error'] : wrongInEvent(given);
    if (given === undefined || wrong.length > 0) return no(wrong);
    if (given.routing_key !== pagerdutyRoutingKey) return no(['routing_key is unknown']);
    if (request.body.length > 512 * 1024) return { status: 413 };
    const key = String(given.dedup_key);
    const open = incidents.find(
      (each) => each.status !== 'resolved' && each.alerts.some((alert) => alert.alert_key === key),
    );
    const accepted = { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: key } };
    if (given.event_action !== 'trigger') {
      // Without an open alert it is dropped, and nobody hears of it.
      const status = given.event_action === 'resolve' ? 'resolved' : 'acknowledged';
      if (open !== undefined) setStatus(open, status, null, iso(now()));
      return accepted;
    }
    if (open !== undefined || !isObject(given.payload)) return accepted;
    const { summary, severity, custom_details: details } = given.payload;
    make(
      {
        title: String(summary),
        urgency: ['critical', 'error'].includes(String(severity)) ? 'high' : 'low',
        incident_key: null,
        alerts: [{ alert_key: key, severity: String(severity), details }],
        details,
        hiddenFor: eventLag,
      },
      null,
    );
    return accepted;
  };

  const list = (query: URLSearchParams): ToolAnswer => {
    const key = query.get('incident_key');
    const seen = incidents.filter((each) => (each.hiddenFor > 0 ? ((each.hiddenFor -= 1), false) : true));
    const monthAgo = now() - 30 * 86_400_000;
    const found = seen.filter(
      (each) =>
        (query.get('date_range') === 'all' || Date.parse(each.created_at) >= monthAgo) &&
        (key === null || each.incident_key === key || each.alerts.some((alert) => alert.alert_key === key)),
    );
    return {
      status: 200,
      body: { incidents: found.map((each) => shown(each, users)), more: false, limit: 100, offset: 0 },
    };
  };

  const listLog = (query: URLSearchParams): ToolAnswer => {
    const since = Date.parse(query.get('since') ?? '');
    const offset = Number(query.get('offset') ?? '0');
    const limit = Number(query.get('limit') ?? '25');
    if (Number.isNaN(since) || limit > 100 || offset + limit > 10_000) return invalid(['Invalid parameters']);
    const found = log.filter(({ at }) => Date.parse(at) >= since);
    const page = found.slice(offset, offset + limit).map(({ at, incident }, position) => ({
      id: `R${offset + position}`,
      type: 'annotate_log_entry',
      created_at: at,
      incident: query.getAll('include[]').includes('incidents')
        ? shown(incident, users)
        : reference(incident.id, 'incident', ''),
    }));
    return { status: 200, body: { log_entries: page, more: offset + limit < found.length, limit, offset } };
  };

  const writing = (
    request: ToolRequest,
    name: string,
    work: (given: Readonly<Record<string, unknown>>, by: string) => ToolAnswer,
  ): ToolAnswer => {
    const writer = users.find(({ email }) => email === request.headers.from);
    if (writer === undefined) return invalid(['From header: requester user not found']);
    const given = jsonObject(request);
    if (given === undefined || Object.keys(given).join() !== name || !isObject(given[name]))
      return invalid([`${name} cannot be blank`]);
    return work(given[name], writer.id);
  };

  const answer = (request: ToolRequest): ToolAnswer => {
    const { method, segments, query, headers } = request;
    const path = segments.join('/');
    if (`${method} ${path}` === 'POST v2/enqueue') return enqueue(request);
    if (headers.authorization !== `Token token=${secret}`) return { status: 401, body: 'HTTP Token: Access denied.\n' };
    if (headers.accept !== 'application/vnd.pagerduty+json;version=2') return apiError(406, 'Not Acceptable', 2001);
    if (Number(query.get('limit') ?? '25') > 100) return invalid(['limit is too large']);
    const incident = incidents.find(({ id }) => segments[0] === 'incidents' && id === segments[1]);
    switch (
      `${method} ${segments.map((part, at) => (at === 1 && segments[0] === 'incidents' ? ':id' : part)).join('/')}`
    ) {
      case 'GET users/me':
        return keyOf === 'user'
          ? { status: 200, body: { user: { ...pagerdutyAccount, type: 'user', role: 'user' } } }
          : invalid(['This endpoint can only be used with a user-level API key']);
      case 'GET users':
        return {
          status: 200,
          body: { users: users.filter(({ email }) => email.includes(query.get('query') ?? '')), more: false },
        };
      case 'GET incidents':
        return list(query);
      case 'GET log_entries':
        return listLog(query);
      case 'POST incidents':
        return writing(request, 'incident', create);
      default:
        break;
    }
    if (incident === undefined) return notFound;
    switch (`${method} ${segments.slice(2).join('/')}`) {
      case 'GET ':
        return { status: 200, body: { incident: shown(incident, users) } };
      case 'PUT ':
        return writing(request, 'incident', (given, by) => update(incident, given, by));
      case 'GET alerts': {
        const key = query.get('alert_key');
        const alerts = incident.alerts.filter(({ alert_key: each }) => key === null || each === key);
        return {
          status: 200,
          body: { alerts: alerts.map(({ alert_key: each }) => ({ type: 'alert', alert_key: each })), more: false },
        };
      }
      case 'GET notes':
        return { status: 200, body: { notes: incident.notes.map(noteShown) } };
      case 'POST notes':
        return writing(request, 'note', ({ content, ...rest }, by) => {
          if (
            typeof content !== 'string' ||
            content.trim() === '' ||
            content.length > 25_000 ||
            Object.keys(rest).length > 0
          )
            return invalid(['Content is invalid']);
          if (incident.notes.length >= 2_000) return invalid(['Too many notes']);
          incident.writes += 1;
          return { status: 200, body: { note: noteShown(annotate(incident, content, by)) } };
        });
      default:
        return notFound;
    }
  };

  const server = await startToolServer({
    answer,
    triesHookAgain: (status) => status === null || status === 429 || status >= 500,
  });

  return {
    ...server,
    tickets: () => incidents.map(asFake),
    change: async (ticketId, wanted) => {
      const incident = incidents.find(({ id }) => id === ticketId);
      if (incident === undefined || wanted.isDeleted === true) throw new Error('PagerDuty deletes no incident');
      if (wanted.assignee === null)
        throw new Error('PagerDuty takes an incident from nobody without giving it to another');
      if (wanted.resolution !== undefined) throw new Error('PagerDuty has no resolutions');
      const by = wanted.by ?? pagerdutyPerson.id;
      const at = iso(now());
      const refused = wanted.status === undefined ? undefined : setStatus(incident, wanted.status, by, at);
      if (refused !== undefined) throw new Error(`PagerDuty does not allow it: ${refused}`);
      if (wanted.assignee !== undefined) assign(incident, wanted.assignee, by, at);
      touch(incident, at, by);
      if (wanted.comment !== undefined) annotate(incident, wanted.comment.text, by);
      await server.settled();
    },
  };
}

const noteShown = (note: PagerdutyNote) => ({
  id: note.id,
  user: reference(note.userId, 'user', note.userId),
  channel: { summary: 'The PagerDuty website or APIs' },
  content: note.content,
  created_at: note.created_at,
});

const idIn = (given: unknown): string => (isObject(given) && typeof given.id === 'string' ? given.id : '');

const assigneeIn = (given: unknown): string | null => {
  const first: unknown = Array.isArray(given) ? given[0] : undefined;
  return isObject(first) ? idIn(first.assignee) : null;
};

const asFake = (incident: PagerdutyIncident): FakeTicket => ({
  ticketId: incident.id,
  number: `#${incident.number}`,
  key: incident.incident_key ?? incident.alerts[0]?.alert_key ?? null,
  title: incident.title,
  status: incident.status,
  comments: incident.notes.map(({ content, userId }) => ({ text: content, visibility: 'internal', author: userId })),
  fields: { ...incident },
  writes: incident.writes,
  isDeleted: false,
});
