import { createHash } from 'node:crypto';
import type { InboundScheme } from '../model/connection';
import type { Marks } from '../store/inbox';
import type { Proof } from '../ticketing/signatures/scheme';

/**
 * By what a delivery is known when it comes again. The body's hash alone where the sender signs no time: such a request stays genuine for
 * ever, and its delivery id can be changed by whoever sends it again. With a signed time the hash is of both: a tool may well say the very
 * same thing twice, hours apart. Then what the sender calls the delivery, and the event inside, where it has names for them: by these a try
 * that is signed anew is known. The first alone is of nothing but what is signed, so every try is remembered by it.
 */
export const marksOf = (
  scheme: InboundScheme,
  { signedAtMs, deliveryId }: Proof,
  body: Buffer,
  json: unknown,
): Marks => {
  const hash = createHash('sha256').update(body).digest('hex');
  const eventId = eventIdIn(scheme, json);
  return [
    `content ${signedAtMs ?? 'always'} ${hash}`,
    ...(deliveryId === null ? [] : [`delivery ${deliveryId}`]),
    ...(eventId === undefined ? [] : [`event ${eventId}`]),
  ];
};

/** Of the signed body, and so better than a header: tools that sign anew with each try keep it. */
const eventIdIn = (scheme: InboundScheme, json: unknown): string | undefined => {
  if (scheme === 'pagerduty') return textIn(json, 'event', 'id');
  if (scheme === 'slack') return textIn(json, 'event_id');
  // A body that an administrator of Zendesk wrote may call anything `id`.
  if (scheme === 'zendesk' && textIn(json, 'type')?.startsWith('zen:event-type:') === true) return textIn(json, 'id');
  return undefined;
};

const textIn = (json: unknown, ...path: readonly string[]): string | undefined => {
  let at: unknown = json;
  for (const name of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return typeof at === 'string' && at !== '' ? at : undefined;
};
