import { anySame, fromHex, hmacSha256 } from './macs';
import type { Scheme } from './scheme';
import { headerOf } from './scheme';

/** `sha256=<hex>` over the body alone, in a header of the sender's own; the delivery id is not signed. */
const hubSha256 =
  (signatureHeader: string, idHeader: string): Scheme =>
  (shown) => {
    const given = headerOf(shown, signatureHeader) ?? '';
    const mac = given.startsWith('sha256=') ? fromHex(given.slice('sha256='.length)) : undefined;
    const made = shown.keys.map((key) => hmacSha256(key, shown.body));
    if (mac === undefined || !anySame(made, [mac])) return undefined;
    return { deliveryId: headerOf(shown, idHeader) ?? null, signedAtMs: null };
  };

/** The older `X-Hub-Signature` of GitHub's is SHA-1 and is not looked at. @see https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
export const github = hubSha256('x-hub-signature-256', 'x-github-delivery');

/** Of an admin webhook with a secret; the header is the one without `-256`. @see https://developer.atlassian.com/cloud/jira/platform/webhooks/ */
export const jira = hubSha256('x-hub-signature', 'x-atlassian-webhook-identifier');
