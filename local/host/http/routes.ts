import { ofTrigger, type AppFunction } from '../appFunction';
import { methodsOf, routeOf } from './checkRoutes';
import { matchRoute, parseRouteTemplate, type RouteTemplate } from './routeTemplate';

export interface RouteMatch {
  readonly target: AppFunction;
  readonly params: Record<string, string>;
}

/** Finds the function for a method and a raw path (no query). */
export type FindRoute = (method: string, path: string) => RouteMatch | undefined;

/**
 * The route table of an app. The method is a constraint on the route, as in the Functions host: where it does not
 * fit, the next route is tried and in the end the answer is 404, never 405.
 */
export function createRoutes(functions: readonly AppFunction[], routePrefix: string): FindRoute {
  const routes = ofTrigger(functions, 'httpTrigger').map((target): Route => {
    const template = parseRouteTemplate(`${routePrefix}/${routeOf(target)}`);
    return { target, template, methods: new Set(methodsOf(target)) };
  });
  routes.sort((one, other) => compare(one.template.precedence, other.template.precedence));
  return (method, path) => {
    const segments = decodePath(path);
    if (!segments) return undefined;
    for (const { target, template, methods } of routes) {
      if (methods.size > 0 && !methods.has(method)) continue;
      const params = matchRoute(template, segments);
      if (params) return { target, params };
    }
    return undefined;
  };
}

interface Route {
  readonly target: AppFunction;
  readonly template: RouteTemplate;
  readonly methods: ReadonlySet<string>;
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function decodePath(path: string): string[] | undefined {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  if (trimmed === '') return [];
  try {
    return trimmed.split('/').map(decodeURIComponent);
  } catch {
    return undefined; // A broken %-escape is no path of any function.
  }
}
