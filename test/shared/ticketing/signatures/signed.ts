import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { InboundScheme } from '../../../../shared/model/connection';

/** A delivery as its sender sends it. */
export interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ToSend {
  readonly body: Buffer;
  readonly key: string;
  readonly atMs: number;
  readonly id: string;
}

const hex = (key: string, ...parts: readonly (string | Buffer)[]): string => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest('hex');
};

/** How each sender signs, written from its documentation and without the product's code. */
export const senders: Readonly<Record<InboundScheme, (given: ToSend) => Signed>> = {
  standard: ({ body, key, atMs, id }) => ({
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(atMs / 1000)),
      'webhook-signature': new Webhook(key).sign(id, new Date(atMs), body.toString('utf8')),
    },
    body,
  }),
  jira: ({ body, key, id }) => ({
    headers: { 'x-hub-signature': `sha256=${hex(key, body)}`, 'x-atlassian-webhook-identifier': id },
    body,
  }),
  github: ({ body, key, id }) => ({
    headers: { 'x-hub-signature-256': `sha256=${hex(key, body)}`, 'x-github-delivery': id },
    body,
  }),
  pagerduty: ({ body, key, id }) => ({
    headers: { 'x-pagerduty-signature': `v1=${hex(key, body)}`, 'x-webhook-id': id },
    body,
  }),
  zendesk: ({ body, key, atMs, id }) => {
    const time = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const mac = Buffer.from(hex(key, time, body), 'hex').toString('base64');
    return {
      headers: {
        'x-zendesk-webhook-signature-timestamp': time,
        'x-zendesk-webhook-signature': mac,
        'x-zendesk-webhook-invocation-id': id,
      },
      body,
    };
  },
  slack: ({ body, key, atMs }) => {
    const seconds = String(Math.floor(atMs / 1000));
    return {
      headers: { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${hex(key, `v0:${seconds}:`, body)}` },
      body,
    };
  },
  header: ({ body, key }) => ({ headers: { 'x-relay-secret': key }, body }),
};

const pair = generateKeyPairSync('ed25519');
export const publicKey = `whpk_${pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;

/** Standard Webhooks with ed25519. */
export const signedByKeyPair = ({ body, atMs, id }: Omit<ToSend, 'key'>): Signed => {
  const seconds = String(Math.floor(atMs / 1000));
  const signature = sign(null, Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]), pair.privateKey);
  return {
    headers: {
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1a,${signature.toString('base64')}`,
    },
    body,
  };
};

/** The header of each scheme that carries its signature. */
export const signatureHeader: Readonly<Record<InboundScheme, string>> = {
  standard: 'webhook-signature',
  jira: 'x-hub-signature',
  github: 'x-hub-signature-256',
  pagerduty: 'x-pagerduty-signature',
  zendesk: 'x-zendesk-webhook-signature',
  slack: 'x-slack-signature',
  header: 'x-relay-secret',
};

/** The header of each scheme that carries its signed time. */
export const timeHeader: Readonly<Partial<Record<InboundScheme, string>>> = {
  standard: 'webhook-timestamp',
  zendesk: 'x-zendesk-webhook-signature-timestamp',
  slack: 'x-slack-request-timestamp',
};

/** Seeded: the same run after run (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const keyFor = (scheme: InboundScheme, random: () => number): string => {
  const bytes = Buffer.from(Array.from({ length: 32 }, () => Math.floor(random() * 256)));
  return scheme === 'standard' ? `whsec_${bytes.toString('base64')}` : bytes.toString('hex');
};
