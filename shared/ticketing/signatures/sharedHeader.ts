import { isSameText } from './macs';
import type { Scheme, Shown } from './scheme';
import { headerOf } from './scheme';

/**
 * For tools that cannot sign: the secret itself comes along, in `X-Relay-Secret`, as a bearer token, or as the password of Basic. It says
 * nothing of the body: whoever once saw it can say anything, so what it brings is weak.
 */
export const sharedHeader: Scheme = (shown) => {
  const given = secretOf(shown) ?? '';
  let found = false;
  for (const key of shown.keys) if (isSameText(key, given)) found = true;
  return found ? { deliveryId: null, signedAtMs: null } : undefined;
};

const secretOf = (shown: Shown): string | undefined => {
  const own = headerOf(shown, 'x-relay-secret');
  if (own !== undefined) return own;
  const authorization = headerOf(shown, 'authorization') ?? '';
  const [, kind = '', value = ''] = /^(Bearer|Basic) ([\x21-\x7e]+)$/i.exec(authorization) ?? [];
  if (kind.toLowerCase() === 'bearer') return value;
  if (kind === '') return undefined;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon < 0 ? undefined : credentials.slice(colon + 1);
};
