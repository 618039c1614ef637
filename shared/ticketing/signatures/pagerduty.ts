import { anySame, fromHex, hmacSha256 } from './macs';
import type { Scheme } from './scheme';
import { headerOf, maxSignatures } from './scheme';

/**
 * `v1=<hex>` over the body alone, one for each of the sender's active secrets, comma between.
 * @see https://developer.pagerduty.com/docs/verifying-signatures
 */
export const pagerduty: Scheme = (shown) => {
  const entries = (headerOf(shown, 'x-pagerduty-signature') ?? '').split(',');
  const made = shown.keys.map((key) => hmacSha256(key, shown.body));
  if (entries.length > maxSignatures) return undefined;
  const given = entries.flatMap((entry) => (entry.startsWith('v1=') ? (fromHex(entry.slice('v1='.length)) ?? []) : []));
  if (!anySame(made, given)) return undefined;
  return { deliveryId: headerOf(shown, 'x-webhook-id') ?? null, signedAtMs: null };
};
