import type { HttpRequest, InvocationContext } from '@azure/functions';
import { z } from 'zod';
import { ForbiddenError, NotFoundError } from '../errors';
import type { Answer } from './answers';
import { bearerToken } from './callers/bearer';
import type { Caller, Role } from './callers/caller';
import { hasRole } from './callers/caller';
import { readBody } from './input/jsonBody';
import { readQuery } from './input/queryFields';
import type { HttpServices } from './services';

/** Who may call: anyone · whoever holds a link or a one-time state of ours · whoever signs with a key of a connection · holders of a role (or of one that includes it). */
export type Policy = 'anonymous' | 'state' | 'signature' | Role;

/** Where a request points: for looking its object up. */
export interface Target {
  readonly services: HttpServices;
  readonly caller: Caller;
  /** Of the route template. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface Call<Found, Query, Body> {
  readonly services: HttpServices;
  readonly caller: Caller;
  readonly found: Found;
  readonly query: Query;
  readonly body: Body;
  readonly context: InvocationContext;
  /** As sent; null: it was not. */
  readonly header: (name: string) => string | null;
  /** The caller's own token, for tokens in their name; read from the request each time and kept nowhere. */
  readonly assertion: () => string;
}

export interface MethodSpec<Found, Query, Body> {
  readonly policy: Role;
  readonly summary: string;
  /** The object of the path, as this caller may have it; undefined answers 404. Paths with parameters need one. */
  readonly find?: (target: Target) => Promise<Found | undefined>;
  /** Default: no parameter is known. */
  readonly query?: z.ZodType<Query>;
  /** Default: no field is known. */
  readonly body?: z.ZodType<Body>;
  readonly handler: (call: Call<Found, Query, Body>) => Promise<Answer>;
}

/** One method of one path, its steps bound together. */
export interface Method {
  readonly policy: Policy;
  readonly summary: string;
  readonly finds: boolean;
  readonly query: z.ZodType;
  readonly body: z.ZodType | undefined;
  /** Answers pages for people, whatever happens. */
  readonly pages?: boolean;
  run(services: () => Promise<HttpServices>, request: HttpRequest, context: InvocationContext): Promise<Answer>;
}

const nothing = z.strictObject({});
type Nothing = z.output<typeof nothing>;

/** A method for holders of a role. Refuses in this order: token, role, object of the path, query and body; then `handler` speaks. */
export const method = <Found = undefined, Query = Nothing, Body = Nothing>(
  spec: MethodSpec<Found, Query, Body>,
): Method => {
  // A schema left out means that its type is the default, which no type can say here.
  const query = (spec.query ?? nothing) as z.ZodType<Query>;
  const body = (spec.body ?? nothing) as z.ZodType<Body>;
  const find = spec.find ?? (() => Promise.resolve(undefined as Found));
  return {
    policy: spec.policy,
    summary: spec.summary,
    finds: spec.find !== undefined,
    query,
    body: spec.body,
    run: async (ready, request, context) => {
      const services = await ready();
      const named = await services.bearer.validate(request.headers.get('authorization'));
      if (!hasRole(named, spec.policy)) throw new ForbiddenError('The caller lacks the role');
      const caller = await services.memberGroups.resolve(named);
      const found = await find({ services, caller, params: { ...request.params } });
      if (found === undefined && spec.find !== undefined) throw new NotFoundError('No such object for this caller');
      const fields = { query: readQuery(request, query), body: await readBody(request, body) };
      const assertion = (): string => bearerToken(request.headers.get('authorization'));
      const header = (name: string): string | null => request.headers.get(name);
      return spec.handler({ services, caller, found: found as Found, ...fields, context, header, assertion });
    },
  };
};

/** A method anyone may call: it takes no parameter, is handed no caller, and answers though storage is away. */
export const openMethod = (summary: string, handler: () => Answer): Method => ({
  policy: 'anonymous',
  summary,
  finds: false,
  query: nothing,
  body: undefined,
  run: (_, request) => {
    readQuery(request, nothing);
    return Promise.resolve(handler());
  },
});
