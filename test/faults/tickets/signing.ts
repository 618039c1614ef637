import { createHmac } from 'node:crypto';
import type { InboundScheme } from '../../../shared/model/connection';

/** Ways to sign that desks use in these worlds, as their vendors describe them. */
export type DeskScheme = Extract<InboundScheme, 'standard' | 'github' | 'jira' | 'zendesk' | 'header'>;

export interface ToBeSigned {
  /** By which the sender knows this message, whenever it is sent. */
  readonly id: string;
  readonly nowMs: number;
  readonly text: string;
}

type Headers = Readonly<Record<string, string>>;

/** Of Standard Webhooks 1.0. */
export const signatureOf = (key: string, id: string, seconds: string, body: string): string =>
  `v1,${createHmac('sha256', Buffer.from(key.replace(/^whsec_/, ''), 'base64'))
    .update(`${id}.${seconds}.${body}`)
    .digest('base64')}`;

const mac = (key: string, text: string, as: 'hex' | 'base64'): string =>
  createHmac('sha256', key).update(text).digest(as);

/** The headers that a tool sends beside a body. */
export const signedHeaders = (scheme: DeskScheme, key: string, { id, nowMs, text }: ToBeSigned): Headers => {
  switch (scheme) {
    case 'standard': {
      const seconds = String(Math.floor(nowMs / 1000));
      return {
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': signatureOf(key, id, seconds, text),
      };
    }
    case 'github':
      return { 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${mac(key, text, 'hex')}` };
    case 'jira':
      return { 'x-atlassian-webhook-identifier': id, 'x-hub-signature': `sha256=${mac(key, text, 'hex')}` };
    case 'zendesk': {
      const time = new Date(nowMs).toISOString();
      return {
        'x-zendesk-webhook-invocation-id': id,
        'x-zendesk-webhook-signature-timestamp': time,
        'x-zendesk-webhook-signature': mac(key, `${time}${text}`, 'base64'),
      };
    }
    case 'header':
      return { 'x-relay-secret': key };
  }
};

/** The same message with something altered beside the body; undefined: all that could be is not signed, or is the secret itself. */
export const withOtherTime = (scheme: DeskScheme, headers: Headers): Headers | undefined => {
  const later = (ms: number): number => ms + 1000;
  if (scheme === 'standard')
    return { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp'] ?? '0') + 1) };
  if (scheme !== 'zendesk') return undefined;
  const name = 'x-zendesk-webhook-signature-timestamp';
  return { ...headers, [name]: new Date(later(Date.parse(headers[name] ?? ''))).toISOString() };
};

/** The same message as if it were another, where the id of a delivery is not signed. */
export const withOtherId = (scheme: DeskScheme, headers: Headers, id: string): Headers | undefined => {
  if (scheme === 'github') return { ...headers, 'x-github-delivery': id };
  if (scheme === 'jira') return { ...headers, 'x-atlassian-webhook-identifier': id };
  if (scheme === 'zendesk') return { ...headers, 'x-zendesk-webhook-invocation-id': id };
  return undefined;
};
