import type { InboundScheme } from '../model/connection';

/** What a genuine body wants besides news: `ping`: to be answered well, nothing else · `challenge`: its own word back. */
export type Greeting = { readonly kind: 'ping' } | { readonly kind: 'challenge'; readonly challenge: string };

const longestChallenge = 1_000;

/** Undefined where it is none: then it is news. */
export const greetingIn = (scheme: InboundScheme, json: unknown): Greeting | undefined => {
  if (typeof json !== 'object' || json === null) return undefined;
  const body = json as Readonly<Record<string, unknown>>;
  switch (scheme) {
    case 'slack': {
      const { type, challenge } = body;
      const isChallenge = type === 'url_verification' && typeof challenge === 'string';
      return isChallenge && challenge.length <= longestChallenge ? { kind: 'challenge', challenge } : undefined;
    }
    case 'github':
      // The header that says so is not signed. @see https://docs.github.com/webhooks/webhook-events-and-payloads#ping
      return typeof body.zen === 'string' && typeof body.hook_id === 'number' && !('action' in body) ? ping : undefined;
    case 'pagerduty': {
      const event = body.event as Readonly<Record<string, unknown>> | null | undefined;
      return event?.event_type === 'pagey.ping' ? ping : undefined;
    }
    case 'standard':
    case 'jira':
    case 'zendesk':
    case 'header':
      return typeof body.type === 'string' && pingTypes.has(body.type) ? ping : undefined;
  }
};

const ping: Greeting = { kind: 'ping' };
const pingTypes: ReadonlySet<string> = new Set(['ping', 'ticket.ping', 'endpoint.ping', 'webhook.ping']);
