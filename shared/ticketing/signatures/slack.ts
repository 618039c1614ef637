import { anySame, fromHex, hmacSha256 } from './macs';
import type { Scheme } from './scheme';
import { headerOf, secondsIn } from './scheme';

/** `v0=<hex>` over `v0:{seconds}:{body}`. @see https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const slack: Scheme = (shown) => {
  const time = headerOf(shown, 'x-slack-request-timestamp') ?? '';
  const seconds = secondsIn(time);
  const given = headerOf(shown, 'x-slack-signature') ?? '';
  const mac = given.startsWith('v0=') ? fromHex(given.slice('v0='.length)) : undefined;
  const made = shown.keys.map((key) => hmacSha256(key, `v0:${time}:`, shown.body));
  if (seconds === undefined || mac === undefined || !anySame(made, [mac])) return undefined;
  return { deliveryId: null, signedAtMs: seconds * 1000 };
};
