/** One part of a route template between two slashes. */
type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly optional: boolean;
      readonly rest: boolean;
      readonly fallback: string | undefined;
      readonly constraints: readonly ((value: string) => boolean)[];
    };

export interface RouteTemplate {
  readonly segments: readonly Segment[];
  /** Sorts more specific templates first, compared as text: literal before constrained parameter, parameter, rest. */
  readonly precedence: string;
}

const guid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const number = /^-?\d+(?:\.\d+)?$/;

/** ASP.NET's inline constraints; each takes the text in its brackets. */
const constraints: Readonly<Record<string, (argument: string) => (value: string) => boolean>> = {
  int: () => (value) => /^-?\d{1,10}$/.test(value) && Math.abs(Number(value)) <= 2 ** 31 - 1,
  long: () => (value) => /^-?\d{1,19}$/.test(value),
  guid: () => (value) => guid.test(value),
  alpha: () => (value) => /^[a-z]*$/i.test(value),
  bool: () => (value) => /^(?:true|false)$/i.test(value),
  decimal: () => (value) => number.test(value),
  double: () => (value) => number.test(value),
  float: () => (value) => number.test(value),
  min: (argument) => (value) => /^-?\d+$/.test(value) && Number(value) >= Number(argument),
  max: (argument) => (value) => /^-?\d+$/.test(value) && Number(value) <= Number(argument),
  range: (argument) => (value) => {
    const [from, to] = argument.split(',').map(Number);
    return /^-?\d+$/.test(value) && Number(value) >= (from ?? NaN) && Number(value) <= (to ?? NaN);
  },
  minlength: (argument) => (value) => value.length >= Number(argument),
  maxlength: (argument) => (value) => value.length <= Number(argument),
  length: (argument) => (value) => {
    const [from, to] = argument.split(',').map(Number);
    return value.length >= (from ?? NaN) && value.length <= (to ?? from ?? NaN);
  },
  required: () => (value) => value !== '',
};

/**
 * Reads an ASP.NET route template (`tenants/{tenantId:guid}/incidents/{incidentId?}`, `{*rest}`).
 * @throws Error that says which part is wrong or not supported here
 */
export function parseRouteTemplate(template: string): RouteTemplate {
  const clean = template.replaceAll(/^\/+|\/+$/g, '');
  const segments = clean === '' ? [] : clean.split('/').map(parseSegment);
  const early = segments.findIndex(
    (segment, index) => segment.kind === 'parameter' && segment.rest && index < segments.length - 1,
  );
  if (early >= 0) throw new Error(`route "${template}": only the last part may be a {*rest}.`);
  return { segments, precedence: segments.map(precedenceOf).join('') };
}

/** Parameters of a path (decoded, by the template's spelling), or undefined if it does not match. Literals match in any case. */
export function matchRoute(template: RouteTemplate, path: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  if (
    path.length > template.segments.length &&
    !template.segments.some((segment) => segment.kind === 'parameter' && segment.rest)
  ) {
    return undefined;
  }
  for (const [index, segment] of template.segments.entries()) {
    const given = path[index];
    if (segment.kind === 'literal') {
      if (given?.toLowerCase() !== segment.text.toLowerCase()) return undefined;
      continue;
    }
    const value = segment.rest ? path.slice(index).join('/') : (given ?? segment.fallback);
    if (value === undefined || (value === '' && segment.rest)) {
      if (!segment.optional && !segment.rest) return undefined;
      if (segment.rest && segment.fallback !== undefined) params[segment.name] = segment.fallback;
      continue;
    }
    if (value === '' || !segment.constraints.every((holds) => holds(value))) return undefined;
    params[segment.name] = value;
  }
  return params;
}

function precedenceOf(segment: Segment): string {
  if (segment.kind === 'literal') return '1';
  if (segment.rest) return segment.constraints.length > 0 ? '4' : '5';
  return segment.constraints.length > 0 ? '2' : '3';
}

function parseSegment(text: string): Segment {
  if (!/[{}]/.test(text)) return { kind: 'literal', text };
  const match = /^\{(\*{0,2})([^{}:=?*]+)((?::[^{}]+?)*)(?:=([^{}?]*))?(\?)?\}$/.exec(text);
  if (!match) throw new Error(`local/host does not support the route part "${text}".`);
  const [, star = '', name = '', inline = '', fallback, optional] = match;
  return {
    kind: 'parameter',
    name,
    rest: star !== '',
    optional: optional !== undefined,
    fallback,
    constraints: inline.split(':').filter(Boolean).map(parseConstraint),
  };
}

function parseConstraint(text: string): (value: string) => boolean {
  const [, name = '', argument = ''] = /^([a-z]+)(?:\((.*)\))?$/i.exec(text) ?? [];
  const build = constraints[name.toLowerCase()];
  if (!build) throw new Error(`local/host does not support the route constraint "${text}".`);
  return build(argument);
}
