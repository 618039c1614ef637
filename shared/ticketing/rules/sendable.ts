import type { IncidentHeader, Json, JsonObject } from '../../model/incident';
import { isObject } from './paths';

/** Names and what is allowed below each; an empty one: all of it. */
interface Allowed {
  readonly [name: string]: Allowed;
}

/** The part of an incident that may leave by a connection: the fields that `send` names (through lists), with all they hold; none named: all. */
export const sendable = (body: JsonObject, send: readonly string[]): JsonObject =>
  send.length === 0 ? body : (only(body, allowedBy(send)) as JsonObject);

/** Whether a field of the incident, or a part of it, may leave. */
export const maySend = (send: readonly string[], name: string): boolean =>
  send.length === 0 || send.some((path) => path.split('.')[0] === name);

/** The header under the same contract. The id stays: the ticket's key says it anyway. */
export const sendableHeader = (header: IncidentHeader, send: readonly string[]): IncidentHeader => {
  if (send.length === 0) return header;
  const pass = <Value>(name: string, value: Value): Value | null => (maySend(send, name) ? value : null);
  return {
    incidentId: header.incidentId,
    displayName: pass('displayName', header.displayName),
    status: pass('status', header.status),
    severity: pass('severity', header.severity),
    classification: pass('classification', header.classification),
    determination: pass('determination', header.determination),
    assignedTo: pass('assignedTo', header.assignedTo),
    createdDateTime: pass('createdDateTime', header.createdDateTime),
    lastUpdateDateTime: pass('lastUpdateDateTime', header.lastUpdateDateTime) ?? '',
    redirectIncidentId: pass('redirectIncidentId', header.redirectIncidentId),
    incidentWebUrl: pass('incidentWebUrl', header.incidentWebUrl),
    alertsCount: pass('alerts', header.alertsCount) ?? 0,
  };
};

/** Without the names every object has. */
const nothing = (): Allowed => Object.create(null) as Allowed;

/** Where a whole and a part of it are both named, the whole may go. */
const allowedBy = (send: readonly string[]): Allowed => {
  const wholes = new Set(send);
  const paths = send
    .map((path) => path.split('.'))
    .filter((path) => !path.some((_, at) => at > 0 && wholes.has(path.slice(0, at).join('.'))));
  return paths.reduce(withPath, nothing());
};

const withPath = (allowed: Allowed, [name, ...rest]: readonly string[]): Allowed =>
  name === undefined
    ? allowed
    : Object.assign(nothing(), allowed, {
        [name]: withPath(allowed[name] ?? nothing(), rest),
      });

const only = (value: Json, allowed: Allowed): Json => {
  if (Object.keys(allowed).length === 0) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => only(item, allowed)).filter(isObject);
  // A plain value where the contract names a field of it: nobody knows what it says.
  if (!isObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => allowed[name] !== undefined)
      .map(([name, part]) => [name, only(part, allowed[name] ?? nothing())]),
  );
};
