import type { InvocationContext } from '@azure/functions';
import { z } from 'zod';
import type { Answer } from './answers';
import type { Method } from './method';
import type { HttpServices } from './services';

/** What a browser brings. Nothing of it is checked yet. */
export interface PageCall {
  readonly services: HttpServices;
  /** Of the route template. */
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  readonly context: InvocationContext;
}

export interface PageSpec {
  readonly summary: string;
  /** For OpenAPI: the handler reads the query itself, since what a browser is sent back with must not be refused for a parameter too many. */
  readonly query?: z.ZodType;
  /** Has to look up, and to check, the link or the state that the call carries; nobody is known by a token here. */
  readonly handler: (call: PageCall) => Promise<Answer>;
}

/** A method for browsers of people who have no account with us: let in by a link or a one-time state of ours, answered by pages. */
export const pageMethod = ({ summary, query = z.strictObject({}), handler }: PageSpec): Method => ({
  policy: 'state',
  summary,
  finds: true,
  query,
  body: undefined,
  pages: true,
  run: async (ready, request, context) =>
    handler({
      services: await ready(),
      params: { ...request.params },
      query: new URLSearchParams(request.query),
      context,
    }),
});
