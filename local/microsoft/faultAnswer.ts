import type { Answer } from './answer';
import type { Fault } from './behaviour';

/** What a scripted fault sends in place of the service's own answer. */
export function faultAnswer({ status, headers = {}, body = '' }: Fault): Answer {
  const isText = typeof body === 'string';
  return {
    status,
    headers: { 'content-type': isText ? 'text/plain' : 'application/json', ...lowerCased(headers) },
    body: isText ? body : JSON.stringify(body),
  };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
