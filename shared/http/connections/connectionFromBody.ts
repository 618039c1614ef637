import { checkTargetUrl } from '../../delivery/checkTargetUrl';
import type { Config } from '../../config';
import { RequestError } from '../../errors';
import type { Connection, InboundRules, InboundScheme } from '../../model/connection';
import { allTenants } from '../../model/connection';
import type { Time7 } from '../../model/time7';
import { mustBeTime7 } from '../../model/time7';
import type { ToolDefinition } from '../../ticketing/connector';
import type { tools } from '../../ticketing/registry';
import { mappingFaults } from './connectionMapping';
import type { ConnectionBody } from './connectionRequest';
import type { FieldFault } from '../problem';

export interface ConnectionPlace {
  readonly scope: string;
  readonly connectionId: string;
  /** As it stands; undefined: it is made now. */
  readonly before: Connection | undefined;
}

export interface ConnectionContext {
  readonly config: Pick<Config, 'allowPrivateTargets'>;
  readonly tools: typeof tools;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** For a new one: 32 hex digits. */
  readonly newHookId: () => string;
}

/**
 * The connection a PUT asks for, its secrets aside. What hangs together is checked here: what the tool offers, what a sender without a
 * signature may do, what belongs to connections of all tenants only.
 * @throws RequestError with all faults at once
 */
export const connectionFromBody = (
  { scope, connectionId, before }: ConnectionPlace,
  body: ConnectionBody,
  context: ConnectionContext,
): Connection => {
  const definition = context.tools[body.tool];
  const createdAt = before?.createdAt ?? context.now;
  const { auth, storm } = body;
  const connection: Connection = {
    scope,
    connectionId,
    tool: body.tool,
    enabled: body.enabled,
    audience: body.audience,
    since: body.since ?? sinceMade(createdAt),
    backlog: body.backlog,
    url: body.url,
    ...(auth === null || auth === undefined ? {} : { auth: authOf(auth) }),
    inbound: inboundOf(body.inbound, definition),
    outbound: { events: body.outbound.events, comments: body.outbound.comments, as: body.outbound.as },
    filters: withoutUndefined(body.filters),
    mapping: withoutUndefined(body.mapping),
    ownership: { ...defaultOwnership, ...body.ownership },
    contract: body.contract,
    ...(storm === null || storm === undefined ? {} : { storm }),
    settleSeconds: body.settleSeconds,
    excludeTenants: body.excludeTenants,
    hookId: before?.hookId ?? context.newHookId(),
    createdAt,
  };
  const faults = [
    ...toolFaults(connection, definition, context),
    ...schemeFaults(body, connection.inbound.scheme),
    ...mappingFaults(connection, definition, context.config),
    ...scopeFaults(connection),
    ...sizeFaults(connection),
  ];
  if (faults.length > 0) throw new RequestError('The body is not valid.', faults);
  return connection;
};

/** Both sides decide on what both know; who works on it in Defender is Defender's, because an owner of ours can prevent it from merging. */
const defaultOwnership: Connection['ownership'] = {
  status: 'latest',
  classification: 'latest',
  determination: 'latest',
  assignedTo: 'defender',
};

const sinceMade = (createdAt: string): Time7 => mustBeTime7(createdAt, 'createdAt');

const authOf = ({ kind, user }: NonNullable<ConnectionBody['auth']>): NonNullable<Connection['auth']> => ({
  kind,
  ...(user === null || user === undefined ? {} : { user }),
});

/** It proves nothing about what is sent: who knows it may say anything. */
export const isWeakScheme = (scheme: InboundScheme): boolean => scheme === 'header';

const inboundOf = (
  { scheme: given, closes, reopens, comments }: ConnectionBody['inbound'],
  definition: ToolDefinition | undefined,
): InboundRules => {
  const scheme = given ?? definition?.schemes[0] ?? 'standard';
  const isWeak = isWeakScheme(scheme);
  return {
    scheme,
    closes: { upTo: closes.upTo ?? (isWeak ? 'none' : 'low'), else: closes.else },
    reopens: reopens ?? !isWeak,
    comments,
  };
};

/** What zod leaves as undefined is not there. */
const withoutUndefined = <T extends object>(given: T): { [Name in keyof T]: Exclude<T[Name], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };

const toolFaults = (
  { tool, url, auth, inbound: { scheme } }: Connection,
  definition: ToolDefinition | undefined,
  { config, tools: offered }: ConnectionContext,
): readonly FieldFault[] => {
  if (definition === undefined)
    return [{ field: 'tool', message: `is not offered here; there are ${Object.keys(offered).join(', ')}` }];
  const address = checkTargetUrl(url, config);
  return [
    ...(address === undefined ? [] : [{ field: 'url', message: address }]),
    ...authFaults(auth, definition),
    ...(definition.schemes.includes(scheme)
      ? []
      : [{ field: 'inbound.scheme', message: `must be one of ${tool}'s: ${definition.schemes.join(', ')}` }]),
  ];
};

const authFaults = (auth: Connection['auth'], { title, auth: kinds }: ToolDefinition): readonly FieldFault[] => {
  const offered = kinds.filter((kind) => kind !== 'none');
  if (auth === undefined)
    return kinds.includes('none')
      ? []
      : [{ field: 'auth', message: `is needed: ${title} takes ${offered.join(' or ')}` }];
  if (!kinds.includes(auth.kind))
    return [{ field: 'auth.kind', message: `must be one that ${title} takes: ${offered.join(', ') || 'none at all'}` }];
  const needsUser = auth.kind !== 'bearer' && auth.user === undefined;
  const what = auth.kind === 'oauth' ? 'the client id' : 'the account';
  return needsUser ? [{ field: 'auth.user', message: `is needed: ${what} whose secret this is` }] : [];
};

const schemeFaults = (
  { inbound: { closes, reopens } }: ConnectionBody,
  scheme: InboundScheme,
): readonly FieldFault[] => {
  if (!isWeakScheme(scheme)) return [];
  const because = 'the scheme header proves nothing about what is sent, so it may comment and propose only';
  return [
    ...(closes.upTo === undefined || closes.upTo === 'none'
      ? []
      : [{ field: 'inbound.closes.upTo', message: `must be none: ${because}` }]),
    ...(reopens === true ? [{ field: 'inbound.reopens', message: `must be false: ${because}` }] : []),
  ];
};

const scopeFaults = ({ scope, excludeTenants }: Connection): readonly FieldFault[] =>
  scope === allTenants || excludeTenants.length === 0
    ? []
    : [{ field: 'excludeTenants', message: 'belongs to connections of all tenants: PUT /connections/{connectionId}' }];

/** A property of a row holds 32,768 characters. */
const maxChars = 32_000;

const sizeFaults = (connection: Connection): readonly FieldFault[] =>
  (['filters', 'mapping', 'contract'] as const)
    .filter((field) => JSON.stringify(connection[field]).length > maxChars)
    .map((field) => ({ field, message: `is larger than ${maxChars} characters altogether` }));
