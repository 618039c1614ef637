import { isIP } from 'node:net';
import { isLoopbackAddress } from './publicAddress';

export interface TargetUrlOptions {
  /** For local use: plain http to this very machine, on any port, is let through. */
  readonly allowPrivateTargets: boolean;
}

const maxLength = 2_048;
/** Names that never lead to the public Internet. @see https://www.rfc-editor.org/rfc/rfc6761 · https://www.rfc-editor.org/rfc/rfc8375 */
const localNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|test|invalid|onion|home\.arpa)$/;
const nameShape = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * What is wrong with the address of a tool or webhook, in words for whoever typed it; undefined: nothing. It asks no name server: which
 * address a name leads to is checked at every call, by `guardedSend`.
 */
export const checkTargetUrl = (given: string, { allowPrivateTargets }: TargetUrlOptions): string | undefined => {
  if (given.length > maxLength) return `is longer than ${maxLength} characters`;
  // The parser would mend these, and every parser in another way.
  if (/[^\x21-\x7e]|\\/.test(given)) return 'holds a blank, a backslash or a character beyond ASCII';
  if (!/^https?:\/\/[^/]/i.test(given) || !URL.canParse(given))
    return 'must be a whole address such as https://example.com/path';
  const url = new URL(given);
  if (url.username !== '' || url.password !== '' || authorityOf(given).includes('@'))
    return 'must not hold a user or password: give them in auth';
  if (given.includes('#')) return 'must not hold a fragment (#)';
  if (allowPrivateTargets && url.protocol === 'http:' && isOwnMachine(url.hostname)) return undefined;
  if (url.protocol !== 'https:')
    return allowPrivateTargets ? 'must begin with https:// (or be loopback http)' : 'must begin with https://';
  if (url.port !== '') return `must use port 443, not ${url.port}`;
  return faultOfHost(url.hostname);
};

/** Of the host of a parsed URL, which writes every spelling of an IPv4 address (octal, hex, short) in the usual one. */
const faultOfHost = (host: string): string | undefined => {
  if (isIP(bare(host)) !== 0) return 'must name a host, not an IP address';
  if (host.endsWith('.')) return 'must not end its host with a dot';
  if (localNames.test(host) || !host.includes('.')) return 'names a host that is not on the public Internet';
  return nameShape.test(host) ? undefined : 'names a host that no public name can be';
};

const authorityOf = (given: string): string => /^https?:\/\/([^/?#]*)/i.exec(given)?.[1] ?? '';

const isOwnMachine = (host: string): boolean => host === 'localhost' || isLoopbackAddress(bare(host));

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
