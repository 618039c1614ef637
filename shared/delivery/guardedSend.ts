import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import { TargetError, UpstreamError, messageOf } from '../errors';
import type { Log, Send } from '../ports';
import { checkTargetUrl } from './checkTargetUrl';
import { isLoopbackAddress, isPublicAddress } from './publicAddress';

/** All addresses of a name. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

export interface GuardedSendOptions {
  /** For local use: loopback http on any port besides. */
  readonly allowPrivateTargets: boolean;
  readonly log: Pick<Log, 'warn'>;
  /** Default: the system's. */
  readonly lookup?: Lookup;
  /** Of an answer no more is read, default 4 MB, which a page of 100 tickets with their texts may have: JSON that was cut off does not parse. */
  readonly maxAnswerBytes?: number;
}

/** What may be spoken to. */
export interface Guard {
  /** What is wrong with an address as it was given; undefined: nothing. */
  faultOf(url: string): string | undefined;
  /** Whether a call that is allowed so far may connect there. */
  mayConnect(address: string, protocol: string): boolean;
}

const connectTimeoutMs = 5_000;
const longestCallMs = 30_000;
const defaultAnswerBytes = 4 * 1024 * 1024;

/**
 * Sends to public addresses alone, whatever a name server says: each address of the name is checked at the moment of connecting, and it is
 * the checked one that is connected to, so that a name which changes its mind finds no gap. Over TLS the certificate has to be the
 * host's. Redirects are not followed.
 * @throws TargetError `address`, with no connection opened · UpstreamError where no whole answer came
 */
export const guardedSend = ({ allowPrivateTargets, ...options }: GuardedSendOptions): Send =>
  sendBehind(
    {
      faultOf: (url) => checkTargetUrl(url, { allowPrivateTargets }),
      mayConnect: (address, protocol) =>
        protocol === 'https:' ? isPublicAddress(address) : allowPrivateTargets && isLoopbackAddress(address),
    },
    options,
  );

export interface SendBehindOptions extends Omit<GuardedSendOptions, 'allowPrivateTargets'> {
  /** Certificate authority in place of those that Node trusts. */
  readonly ca?: string;
}

/** The same behind any guard. */
export const sendBehind = (
  guard: Guard,
  { log, lookup = allAddresses, maxAnswerBytes = defaultAnswerBytes, ca }: SendBehindOptions,
): Send => {
  const agentFor = (protocol: string): Agent =>
    new Agent({
      // A name is asked for again soon, and no connection outlives that for long.
      keepAliveTimeout: 10_000,
      keepAliveMaxTimeout: 60_000,
      connect: {
        timeout: connectTimeoutMs,
        lookup: checkedLookup(lookup, (address) => guard.mayConnect(address, protocol)),
        ...(ca === undefined ? {} : { ca }),
      },
    });
  const agents: Readonly<Record<string, Agent>> = { 'https:': agentFor('https:'), 'http:': agentFor('http:') };
  const refuse = (host: string, fault: string): never => {
    log.warn('target not spoken to', { host, fault });
    throw new TargetError(`The address of the target ${fault}`, 'address', null);
  };
  return async ({ method, url, headers, body, timeoutMs }) => {
    const fault = guard.faultOf(url);
    if (fault !== undefined) return refuse(URL.canParse(url) ? new URL(url).hostname : '', fault);
    const { hostname, protocol, host } = new URL(url);
    const literal = hostname.replace(/^\[(.*)\]$/, '$1');
    // A socket asks for no name where it is given an address.
    if (isIP(literal) !== 0 && !guard.mayConnect(literal, protocol)) return refuse(hostname, notPublic);
    const dispatcher = agents[protocol];
    if (dispatcher === undefined) return refuse(hostname, 'must begin with https://');
    try {
      const signal = AbortSignal.timeout(Math.min(timeoutMs, longestCallMs));
      const answer = await request(url, { method, headers, body: body ?? null, signal, dispatcher });
      const text = await readAtMost(answer.body, maxAnswerBytes);
      return { status: answer.statusCode, headers: flat(answer.headers), body: text };
    } catch (cause) {
      if (blocked(cause)) return refuse(hostname, notPublic);
      throw new UpstreamError(`${method} ${host}: no whole answer (${messageOf(cause)})`, { cause });
    }
  };
};

const notPublic = 'leads to a place that is not on the public Internet';

class BlockedAddress extends Error {}

const maxDepth = 5;

const blocked = (error: unknown): boolean => {
  for (let at = error, depth = 0; at instanceof Error && depth < maxDepth; at = at.cause, depth += 1) {
    if (at instanceof BlockedAddress) return true;
    if (at instanceof AggregateError && at.errors.some((one) => one instanceof BlockedAddress)) return true;
  }
  return false;
};

/** What a socket asks for addresses: it is told those that were checked, and none at all where one of them may not be spoken to. */
const checkedLookup =
  (lookup: Lookup, mayConnect: (address: string) => boolean): LookupFunction =>
  (host, options, callback) => {
    lookup(host).then(
      (found) => {
        const all = found.map(({ address }) => ({ address, family: isIP(address) }));
        const [first] = all;
        if (first === undefined) callback(new Error(`${host} has no address`), '', 0);
        else if (!all.every(({ address }) => mayConnect(address)))
          callback(new BlockedAddress(`${host} leads to a place that is not public`), '', 0);
        else if (options.all === true) callback(null, all);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error('no answer'), '', 0),
    );
  };

const allAddresses: Lookup = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });

/** What comes after is never read: an answer is no way to fill our memory. */
const readAtMost = async (stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the stream, and its connection with it.
    if (length >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
};

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
