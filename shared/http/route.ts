import type { FunctionInput, HttpHandler, HttpMethod } from '@azure/functions';
import { app } from '@azure/functions';
import type { Answer } from './answers';
import { toResponse } from './answers';
import type { Method } from './method';
import { faultPage } from './faultPage';
import { errorFields, problem, problemFor } from './problem';
import type { HttpServices } from './services';

const known = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const satisfies readonly HttpMethod[];
type MethodName = Exclude<(typeof known)[number], 'HEAD' | 'OPTIONS'>;

/** All methods of one path; each carries its policy. */
export interface Route {
  /** The function's name, unique in the app. */
  readonly name: string;
  /** Below the prefix, as `tenants/{tenantId}`. */
  readonly path: string;
  readonly methods: Readonly<Partial<Record<MethodName, Method>>>;
  readonly extraInputs?: readonly FunctionInput[];
}

const registered: Route[] = [];

/** Every route of the app so far, for health, OpenAPI and the test that walks them all. */
export const registeredRoutes = (): readonly Route[] => registered;

/**
 * Registers a path; the only place that does. All its methods hang on one function, so that the others answer 405 and not 404.
 * @throws Error while loading, where a path with parameters would not look its object up
 */
export const route = (services: () => Promise<HttpServices>, given: Route): void => {
  const blind = Object.entries(given.methods).filter(([, { finds }]) => given.path.includes('{') && !finds);
  if (blind.length > 0) throw new Error(`Route ${given.name} has parameters and a method without find`);
  registered.push(given);
  app.http(given.name, {
    methods: [...known],
    // Function keys are no control of ours: the bearer token decides.
    authLevel: 'anonymous',
    route: given.path,
    ...(given.extraInputs === undefined ? {} : { extraInputs: [...given.extraInputs] }),
    handler: httpHandler(services, given),
  });
};

/** The function behind a path: picks the method, and turns whatever is thrown into problem+json and a log line. */
export const httpHandler =
  (services: () => Promise<HttpServices>, { name, methods }: Route): HttpHandler =>
  async (request, context) => {
    const requestId = context.invocationId;
    const chosen = new Map(Object.entries(methods)).get(request.method);
    if (chosen === undefined) return toResponse(methodNotAllowed(Object.keys(methods)), requestId);
    try {
      return toResponse(await chosen.run(services, request, context), requestId);
    } catch (error) {
      const answer = problemFor(error, requestId, request.headers.has('authorization'));
      const fields = {
        ...errorFields(error),
        route: name,
        method: request.method,
        status: answer.status,
        traceId: requestId,
      };
      // One line a refusal: an object as second argument would be spread over many.
      if (answer.status >= 500) context.error(`Request failed ${JSON.stringify(fields)}`);
      else context.info(`Request refused ${JSON.stringify(fields)}`);
      return toResponse(chosen.pages === true ? faultPage(answer, requestId) : answer, requestId);
    }
  };

const methodNotAllowed = (allowed: readonly string[]): Answer =>
  problem({ title: 'Method not allowed', status: 405, code: 'ERR_REQUEST' }, { allow: allowed.join(', ') });
