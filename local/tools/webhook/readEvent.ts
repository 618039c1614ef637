import { isObject } from '../body';
import type { ToolRequest } from '../server';

/** One CloudEvents 1.0 event as it was received. */
export interface ReceivedEvent {
  readonly id: string;
  readonly source: string;
  readonly subject: string | null;
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const attributes = new Set(['specversion', 'id', 'source', 'subject', 'type', 'time', 'datacontenttype', 'data']);
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const sources = /^\/(?:tenants\/[0-9a-f-]{36}|relay)?$/;
const types = /^xdr-relay\.(?:incident\.(?:created|updated|resolved|reopened|merged)|tenant\.health|relay\.health)$/;

/** The event of a request in structured mode, or what is wrong with it. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md */
export function readEvent({
  headers,
  body,
}: ToolRequest): ReceivedEvent | { readonly status: 400 | 415; readonly fault: string } {
  if (!/^application\/cloudevents\+json; ?charset=utf-8$/i.test(headers['content-type'] ?? ''))
    return { status: 415, fault: 'content-type' };
  const event = parse(body);
  if (event === undefined) return { status: 400, fault: 'body' };
  const unknown = Object.keys(event).find((name) => !attributes.has(name));
  if (unknown !== undefined) return { status: 400, fault: unknown };
  const { specversion, id, source, subject, type, time, datacontenttype, data } = event;
  if (specversion !== '1.0') return { status: 400, fault: 'specversion' };
  if (typeof id !== 'string' || id === '' || id !== headers['webhook-id']) return { status: 400, fault: 'id' };
  if (typeof source !== 'string' || !sources.test(source)) return { status: 400, fault: 'source' };
  if (typeof type !== 'string' || !types.test(type)) return { status: 400, fault: 'type' };
  const isOfIncident = type.startsWith('xdr-relay.incident.');
  if (isOfIncident ? typeof subject !== 'string' || subject === '' : !['string', 'undefined'].includes(typeof subject))
    return { status: 400, fault: 'subject' };
  if (typeof time !== 'string' || !rfc3339.test(time)) return { status: 400, fault: 'time' };
  if (datacontenttype !== 'application/json') return { status: 400, fault: 'datacontenttype' };
  if (!isObject(data)) return { status: 400, fault: 'data' };
  return { id, source, subject: typeof subject === 'string' ? subject : null, type, time, data };
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
