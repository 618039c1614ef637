import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { IncomingAnswer, OutgoingRequest, Send } from '../../shared/ports';
import { Failure } from '../failure';
import { claimsAsked } from './claimsChallenge';
import { problemFailure } from './problem';

export type Query = Readonly<Record<string, string | undefined>>;

/** The relay's API as a caller meets it. Every call throws Failure. */
export interface Relay {
  /** Its address without /api. */
  readonly url: string;
  get<T>(path: string, shape: z.ZodType<T>, query?: Query): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, shape: z.ZodType<T>, body?: unknown): Promise<T>;
  /** Items of a list over its pages, in its order, `most` of them; `more` where that left some out. */
  list<T>(path: string, item: z.ZodType<T>, query?: Query, most?: number): Promise<Listed<T>>;
}

export interface Listed<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

export interface RelayOptions {
  readonly url: string;
  readonly send: Send;
  /** `fresh`: the last one was refused, and `claims` is what Entra wants of the next. */
  readonly token: (fresh: boolean, claims?: string) => Promise<string>;
}

/** A check of all registrations of a tenant takes up to half a minute. */
const timeoutMs = 60_000;
const tries = 3;
const longestWaitMs = 10_000;
const pageSize = 200;

export const createRelay = ({ url, send, token }: RelayOptions): Relay => {
  const ask = async (request: Pick<OutgoingRequest, 'method' | 'url' | 'body'>): Promise<IncomingAnswer> => {
    const once = async (fresh: boolean, claims?: string): Promise<IncomingAnswer> => {
      const headers = {
        accept: 'application/json',
        authorization: `Bearer ${await token(fresh, claims)}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      try {
        return await send({ ...request, headers, timeoutMs });
      } catch (error) {
        throw unreachable(url, error);
      }
    };
    const answer = await once(false);
    return answer.status === 401 ? once(true, claimsAsked(answer.headers['www-authenticate'])) : answer;
  };

  /** Only what changes nothing is asked again: of a change nobody knows whether it arrived. */
  const askPatiently = async (request: Pick<OutgoingRequest, 'method' | 'url' | 'body'>): Promise<IncomingAnswer> => {
    for (let tried = 1; ; tried += 1) {
      const answer = await ask(request);
      const passes = answer.status === 429 || answer.status === 503;
      if (!passes || request.method !== 'GET' || tried === tries) return answer;
      await wait(Math.min(longestWaitMs, 1_000 * Number(answer.headers['retry-after'] ?? tried) || 1_000));
    }
  };

  const call = async <T>(
    method: OutgoingRequest['method'],
    path: string,
    shape: z.ZodType<T>,
    { query = {}, body }: { readonly query?: Query; readonly body?: unknown },
  ): Promise<T> => {
    const where = addressOf(url, path, query);
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await askPatiently({ method, url: where, ...text });
    if (answer.status < 200 || answer.status >= 300) throw problemFailure(answer, url);
    return read(answer.body, shape, where);
  };

  return {
    url,
    get: (path, shape, query) => call('GET', path, shape, query === undefined ? {} : { query }),
    send: (method, path, shape, body) => call(method, path, shape, { body }),
    list: async <T>(path: string, item: z.ZodType<T>, query: Query = {}, most = Number.POSITIVE_INFINITY) => {
      const page = z.looseObject({ items: z.array(item), continue: z.string().nullable() });
      const items: T[] = [];
      let next: string | undefined;
      do {
        const limit = String(Math.min(pageSize, most - items.length));
        const answer = await call('GET', path, page, { query: { ...query, limit, continue: next } });
        items.push(...answer.items);
        next = answer.continue ?? undefined;
      } while (next !== undefined && items.length < most);
      return { items, more: next !== undefined };
    },
  };
};

/** Nobody answers there. */
export const unreachable = (url: string, cause: unknown): Failure => {
  const reason = deepestCode(cause);
  const isTrust = /CERT|SELF_SIGNED|UNABLE_TO/.test(reason ?? '');
  return new Failure(`Nobody answers at ${url}.`, {
    code: reason ?? 'ERR_UNREACHABLE',
    cure: isTrust
      ? 'Its certificate comes from an authority this machine does not trust: name its file with xdr-relay profiles add … --ca-file.'
      : 'Is the address right, and does the app run? xdr-relay profiles list shows the address in use, xdr-relay doctor looks further.',
    cause,
  });
};

/** `ECONNREFUSED`, `SELF_SIGNED_CERT_IN_CHAIN`: what the network said first, under all that was made of it. */
const deepestCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const own = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return deepestCode(error.cause) ?? own;
};

const addressOf = (url: string, path: string, query: Query): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const parameters = new URLSearchParams(given).toString();
  return `${url}/api/${path}${parameters === '' ? '' : `?${parameters}`}`;
};

const read = <T>(text: string, shape: z.ZodType<T>, where: string): T => {
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    const at = cause instanceof z.ZodError ? (cause.issues[0]?.path.join('.') ?? '') : 'not JSON';
    throw new Failure(`${new URL(where).pathname} answered in a shape this command does not know (${at}).`, {
      code: 'ERR_CONTRACT',
      cure: 'The relay and this command line may be of different releases: use the one that was published with the relay.',
      cause,
    });
  }
};
