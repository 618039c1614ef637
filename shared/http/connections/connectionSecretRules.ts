import type { Connection, SecretKind, Tool } from '../../model/connection';
import { secretKinds } from '../../model/connection';
import { faultOfKey, faultOfSigningKey } from '../../ticketing/signatures/keys';
import type { FieldFault } from '../problem';

type Given = Readonly<Partial<Record<SecretKind, string>>>;
/** Undefined: not said; null: not known. */
type GivenEnds = Readonly<Partial<Record<SecretKind, string | null | undefined>>>;

/** Which secrets a PUT brings, which it keeps, and which nothing uses any more. */
export interface SecretPlan {
  readonly put: Given;
  readonly keep: readonly SecretKind[];
  readonly drop: readonly SecretKind[];
  /** Of those it brings and those it keeps. */
  readonly ends: NonNullable<Connection['secretsEnd']>;
}

const leastChars = 24;

/** What `outbound.secret` is for, by tool; the others sign nothing and need no second credential. */
const outboundSecretOf: Readonly<Partial<Record<Tool, 'key' | 'credential'>>> = {
  webhook: 'key',
  pagerduty: 'credential',
};

/** PagerDuty's incidents API does without. */
const needsOutboundSecret = ({ tool, mapping: { settings = {} } }: Connection): boolean => {
  if (tool === 'pagerduty') return settings.service === undefined || settings.via === 'events';
  return outboundSecretOf[tool] !== undefined;
};

/** What is wrong with the secrets sent; never a word of what they hold. */
export const secretFaults = (
  { tool, auth, inbound }: Pick<Connection, 'tool' | 'auth' | 'inbound'>,
  given: Given,
): readonly FieldFault[] => [
  ...(given.auth !== undefined && auth === undefined
    ? [{ field: 'auth.secret', message: 'belongs to an auth.kind' }]
    : []),
  ...faultOf('inbound.secret', given.inbound, (secret) => faultOfKey(inbound.scheme, secret)),
  ...faultOf('outbound.secret', given.outbound, (secret) => outboundFault(tool, secret)),
];

const faultOf = (
  field: string,
  secret: string | undefined,
  judge: (secret: string) => string | undefined,
): readonly FieldFault[] => {
  const message = secret === undefined ? undefined : judge(secret);
  return message === undefined ? [] : [{ field, message }];
};

const outboundFault = (tool: Tool, secret: string): string | undefined => {
  const use = outboundSecretOf[tool];
  if (use === undefined) return `is not used by ${tool}: leave it out`;
  if (use === 'key') return faultOfSigningKey(secret);
  return secret.length < leastChars ? `must have at least ${leastChars} characters` : undefined;
};

/**
 * A secret stays unless sent, but only where it still goes where it went: whoever may change an address must not be sent what lies in the
 * vault. What is missing then is a fault. An end that was told stays with its secret; one sent anew without an end has none that is known.
 */
export const planSecrets = (
  connection: Connection,
  before: Connection | undefined,
  given: Given,
  ends: GivenEnds = {},
): { readonly plan: SecretPlan; readonly faults: readonly FieldFault[] } => {
  const held = secretKinds.filter((kind) => before?.secretsSetAt?.[kind] !== undefined);
  const isKept = (kind: SecretKind): boolean =>
    before !== undefined && given[kind] === undefined && held.includes(kind) && stays(kind, connection, before);
  const keep = secretKinds.filter(isKept);
  const drop = held.filter((kind) => given[kind] === undefined && !keep.includes(kind));
  const isThere = (kind: SecretKind): boolean => given[kind] !== undefined || keep.includes(kind);
  const needed = [
    ...(connection.auth !== undefined && !isThere('auth') ? (['auth'] as const) : []),
    ...(needsOutboundSecret(connection) && !isThere('outbound') ? (['outbound'] as const) : []),
  ];
  const isHomeless = (kind: SecretKind): boolean =>
    typeof ends[kind] === 'string' && !isThere(kind) && ![...held, ...needed].includes(kind);
  return {
    plan: { put: given, keep, drop, ends: endsOf(secretKinds.filter(isThere), ends, keep, before) },
    faults: [
      ...needed.map((kind) => ({
        field: `${kind}.secret`,
        message: held.includes(kind)
          ? 'is needed: the one kept was put for another tool, address or account, and is not sent elsewhere'
          : 'is needed: none is kept for this connection',
      })),
      ...secretKinds.filter(isHomeless).map((kind) => ({
        field: `${kind}.expires`,
        message: `belongs to a ${kind}.secret: none is sent, and none is kept for this connection`,
      })),
    ],
  };
};

const endsOf = (
  there: readonly SecretKind[],
  given: GivenEnds,
  keep: readonly SecretKind[],
  before: Connection | undefined,
): SecretPlan['ends'] =>
  Object.fromEntries(
    there
      .map((kind) => {
        const kept = keep.includes(kind) ? before?.secretsEnd?.[kind] : undefined;
        return [kind, given[kind] === undefined ? kept : given[kind]] as const;
      })
      .filter((entry): entry is [SecretKind, string] => typeof entry[1] === 'string'),
  );

const stays = (kind: SecretKind, after: Connection, before: Connection): boolean => {
  if (after.tool !== before.tool) return false;
  if (kind === 'inbound') return after.inbound.scheme === before.inbound.scheme;
  // A signing key is not sent anywhere.
  if (kind === 'outbound') return outboundSecretOf[after.tool] === 'key' || isSamePlace(after, before);
  const isSameAccount = after.auth?.kind === before.auth?.kind && after.auth?.user === before.auth?.user;
  return after.auth !== undefined && isSameAccount && isSamePlace(after, before);
};

const isSamePlace = (one: Connection, other: Connection): boolean => originsOf(one) === originsOf(other);

/** Every address that a connection may speak to, whichever setting holds it. */
const originsOf = ({ url, mapping: { settings = {} } }: Connection): string =>
  JSON.stringify(
    [url, ...Object.values(settings)].filter((text) => URL.canParse(text)).map((text) => new URL(text).origin),
  );
