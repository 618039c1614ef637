import { ofTrigger, textOption, type AppFunction } from '../appFunction';
import { parseRouteTemplate } from './routeTemplate';

/** The route of an HTTP function, without prefix: its name unless it says otherwise. */
export function routeOf(candidate: AppFunction): string {
  const route = textOption(candidate.trigger, 'route');
  return route === undefined || route.trim() === '' ? candidate.name : route.replaceAll(/^\/+|\/+$/g, '');
}

/** Upper case; empty means every method. */
export function methodsOf(candidate: AppFunction): string[] {
  const methods = candidate.trigger.options.methods;
  return Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : [];
}

/** What the real host finds wrong with routes when it indexes the functions. */
export function checkRoutes(functions: readonly AppFunction[]): string[] {
  const http = ofTrigger(functions, 'httpTrigger');
  return http.flatMap((candidate, index) => {
    const route = routeOf(candidate);
    const faults: string[] = [];
    // The host compares the beginning of the text only, so "administrators" is refused as well.
    if (/^(?:admin|runtime)/i.test(route)) {
      faults.push(`${candidate.name}: the route "${route}" conflicts with one or more built in routes.`);
    }
    const twin = http.slice(0, index).find((other) => conflicts(candidate, other));
    if (twin) faults.push(`${candidate.name}: the route "${route}" conflicts with the route of function ${twin.name}.`);
    try {
      parseRouteTemplate(route);
    } catch (error) {
      faults.push(`${candidate.name}: ${error instanceof Error ? error.message : 'invalid route'}`);
    }
    return faults;
  });
}

function conflicts(one: AppFunction, other: AppFunction): boolean {
  if (routeOf(one).toLowerCase() !== routeOf(other).toLowerCase()) return false;
  const methods = methodsOf(one);
  const otherMethods = methodsOf(other);
  return methods.length === 0 || otherMethods.length === 0 || methods.some((method) => otherMethods.includes(method));
}
