import { zendeskTestSecret } from './keys';
import { anySame, fromBase64, hmacSha256 } from './macs';
import type { Scheme } from './scheme';
import { headerOf } from './scheme';

/** Ends with its only `Z`, so that where the time ends and the body begins can be read in one way alone. */
const timeShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/**
 * Base64 over `{timestamp}{body}`; the key is the secret's text, though it looks like base64. The secret that Zendesk publishes for its
 * trials opens nothing. @see https://developer.zendesk.com/documentation/webhooks/verifying/
 */
export const zendesk: Scheme = (shown) => {
  const keys = shown.keys.filter((key) => key !== zendeskTestSecret);
  return zendeskSigned({ ...shown, keys });
};

/** Whatever the key. */
export const zendeskSigned: Scheme = (shown) => {
  const time = headerOf(shown, 'x-zendesk-webhook-signature-timestamp') ?? '';
  const mac = fromBase64(headerOf(shown, 'x-zendesk-webhook-signature') ?? '', 32);
  const made = shown.keys.map((key) => hmacSha256(key, time, shown.body));
  const signedAtMs = timeShape.test(time) ? Date.parse(time) : Number.NaN;
  if (mac === undefined || Number.isNaN(signedAtMs) || !anySame(made, [mac])) return undefined;
  return { deliveryId: headerOf(shown, 'x-zendesk-webhook-invocation-id') ?? null, signedAtMs };
};
