import type { Config } from '../../config';
import { connectionEnds } from '../../health/connectionEnds';
import { expiryWarnings } from '../../health/expiry';
import type { Connection } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import type { ConnectionDelivery } from './connectionDelivery';
import { isWeakScheme } from './connectionFromBody';
import { templatesOf } from './connectionMapping';
import { attributesIn, pathsIn } from './templateFault';

export interface ConnectionFacts {
  readonly connection: Connection;
  /** Undefined: it serves all tenants. */
  readonly tenant: Tenant | undefined;
  readonly delivery: ConnectionDelivery;
  readonly config: Pick<Config, 'publicUrl'>;
  readonly nowMs: number;
}

/** What keeps a connection from all it could do: sentences for people, the cure inside. */
export const connectionWarnings = (facts: ConnectionFacts): readonly string[] => [
  ...stateWarnings(facts),
  ...expiryWarnings(connectionEnds(facts.connection), facts.nowMs).map(({ detail, cure }) => `${detail} ${cure}`),
  ...inboundWarnings(facts),
  ...outboundWarnings(facts),
  ...tenantWarnings(facts),
  ...mappingWarnings(facts),
];

const stateWarnings = ({ connection, delivery }: ConnectionFacts): readonly string[] => {
  const { enabled, disabledBecause } = connection;
  const { state, lastError, since, dead } = delivery;
  return [
    ...(disabledBecause === undefined
      ? []
      : [`It was switched off by itself: ${disabledBecause} Put it again with enabled true once that is mended.`]),
    ...(enabled && state === 'down'
      ? [
          `It is down${since === null ? '' : ` since ${since}`}${lastError === null ? '' : ` (${lastError.reason})`}: it is tried every five minutes, and what waits is sent when it answers again. POST …/test tells more.`,
        ]
      : []),
    ...(dead > 0
      ? [`${dead} event(s) were given up: GET /deliveries?state=dead says why, a replay sends them again.`]
      : []),
  ];
};

const inboundWarnings = ({ connection, config }: ConnectionFacts): readonly string[] => {
  const { inbound, secretsSetAt = {} } = connection;
  return [
    ...(config.publicUrl === undefined
      ? ['webhookUrl is null because RELAY_PUBLIC_URL is not set: set it to the address this app is reached at.']
      : []),
    ...(secretsSetAt.inbound === undefined
      ? ['What the tool sends is refused until inbound.secret is put: nothing proves where it comes from.']
      : []),
    ...(isWeakScheme(inbound.scheme)
      ? ['The scheme header proves nothing about what is sent: it may comment and propose, never act.']
      : []),
  ];
};

/** Who may read an issue may read all its comments. */
const outboundWarnings = ({ connection: { tool, outbound } }: ConnectionFacts): readonly string[] =>
  tool === 'github' && outbound.as === 'internal'
    ? ['GitHub has no internal comments: in a public repository none is written unless outbound.as is public.']
    : [];

const tenantWarnings = ({ connection, tenant }: ConnectionFacts): readonly string[] => {
  if (tenant === undefined) return [];
  const { group = [] } = connection.filters;
  const isOutside = group.length > 0 && !group.some((each) => tenant.groups.includes(each));
  return [
    ...(tenant.enabled ? [] : ['The tenant is switched off: nothing new is read, so nothing new is sent.']),
    ...(tenant.writeBack
      ? []
      : ['The tenant has writeBack off: what tickets say is only proposed, and nothing is written to Defender.']),
    ...(isOutside ? ['No incident passes: filters.group names none of the groups of this tenant.'] : []),
  ];
};

const mappingWarnings = ({ connection, tenant }: ConnectionFacts): readonly string[] => {
  const { send } = connection.contract;
  const never = tenant?.contract.never ?? [];
  return templatesOf(connection).flatMap(([field, template]) => [
    ...pathsIn(template)
      .filter((path) => never.some((withheld) => isWithin(path, withheld)) || !isSent(path, send))
      .map((path) => `${field} shows nothing of ${path}: the data contract keeps it back.`),
    ...attributesIn(template)
      .filter((name) => tenant !== undefined && !Object.hasOwn(tenant.attributes, name))
      .map((name) => `${field} shows nothing of attributes.${name}: the tenant has no such attribute.`),
  ]);
};

const isWithin = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}.`);

/** Empty: all may leave. A part of what may leave may, and so may what holds such a part. */
const isSent = (path: string, send: readonly string[]): boolean =>
  send.length === 0 || send.some((allowed) => isWithin(path, allowed) || isWithin(allowed, path));
