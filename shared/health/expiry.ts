import type { SecretKind } from '../model/connection';
import type { Expiring } from '../model/expiring';

/** `soon` from 60 days ahead, `near` from 30, `urgent` from 7, then `over`; `unknown` where nobody told the end. */
export type ExpiryStage = 'unknown' | 'soon' | 'near' | 'urgent' | 'over';

export interface ExpiryWarning {
  readonly expiring: Expiring;
  readonly stage: ExpiryStage;
  /** A sentence. */
  readonly detail: string;
  /** A sentence. */
  readonly cure: string;
}

const dayMs = 24 * 60 * 60_000;
/** Nothing that ends later is told of. */
export const warnedAheadMs = 60 * dayMs;
const stages: readonly (readonly [days: number, stage: ExpiryStage])[] = [
  [0, 'over'],
  [7, 'urgent'],
  [30, 'near'],
  [60, 'soon'],
];

/** Undefined where it ends in more than 60 days. An end that cannot be read is none. */
export const expiryWarning = (expiring: Expiring, nowMs: number): ExpiryWarning | undefined => {
  const { endsAt } = expiring;
  const endMs = endsAt === null ? Number.NaN : Date.parse(endsAt);
  const cures = curesOf(expiring);
  if (endsAt === null || Number.isNaN(endMs))
    return {
      expiring,
      stage: 'unknown',
      detail: `${nameOf(expiring)} ends on a day nobody told.`,
      cure: cures.tell,
    };
  const leftMs = endMs - nowMs;
  const stage = stages.find(([days]) => leftMs <= days * dayMs)?.[1];
  if (stage === undefined) return undefined;
  return {
    expiring,
    stage,
    detail: `${nameOf(expiring)} ${inDays(leftMs)} (${endsAt.slice(0, 10)}).`,
    cure: cures.renew,
  };
};

/** Worst first: what is over, then by day, then what nobody knows the end of. */
export const expiryWarnings = (all: readonly Expiring[], nowMs: number): readonly ExpiryWarning[] =>
  all
    .map((expiring) => expiryWarning(expiring, nowMs))
    .filter((warning) => warning !== undefined)
    .toSorted((one, other) => endOf(one) - endOf(other));

const endOf = ({ expiring: { endsAt } }: ExpiryWarning): number => {
  const endMs = Date.parse(endsAt ?? '');
  return Number.isNaN(endMs) ? Number.MAX_SAFE_INTEGER : endMs;
};

const inDays = (leftMs: number): string => {
  if (leftMs <= 0) return 'is over';
  const days = Math.floor(leftMs / dayMs);
  if (days === 0) return 'ends within a day';
  return `ends in ${days} day${days === 1 ? '' : 's'}`;
};

const nouns: Readonly<Record<Exclude<Expiring['what'], 'connectionSecret'>, string>> = {
  secret: 'The client secret',
  certificate: 'The certificate',
  partnerRelationship: 'The partner relationship',
};

const nameOf = (expiring: Expiring): string => {
  const { name, tenantId } = expiring;
  if (expiring.what !== 'connectionSecret') return `${nouns[expiring.what]} ${name}`;
  return `The ${expiring.secret}.secret of the connection ${name}${tenantId === undefined ? ' of all tenants' : ''}`;
};

interface Cures {
  readonly renew: string;
  readonly tell: string;
}

const curesOf = (expiring: Expiring): Cures => {
  if (expiring.what === 'connectionSecret') return connectionCures(expiring);
  if (expiring.what === 'partnerRelationship') return relationshipCures;
  return expiring.tenantId === undefined ? appsCures(expiring) : tenantsCures(expiring);
};

const relationshipCures: Cures = {
  renew:
    'Extend the relationship in Partner Center, or ask the customer for a new one: roles given through it end with it.',
  tell: 'Look the end of the relationship up in Partner Center.',
};

const appsCures = ({ what, name }: Expiring): Cures => ({
  renew:
    what === 'secret'
      ? `Make a new client secret on the application's registration and store its value as a new version of ${name}, with its end as the vault's expiration date: it is picked up without a restart.`
      : `Make a new version of the certificate ${name} in the vault and upload its public half to the application's registration: it is picked up without a restart.`,
  tell: `Set the expiration date of ${name} in the vault to the day the secret ends on the application's registration.`,
});

const tenantsCures = ({ what, name }: Expiring): Cures =>
  what === 'secret'
    ? {
        renew:
          "Make a new client secret on the tenant's own application, and put this tenant again with its value and its end (credential.secret, credential.expires).",
        tell: 'Put this tenant again with credential.expires, the day its client secret ends.',
      }
    : {
        renew: `Make a new version of the certificate ${name} in the vault of tenants, and upload its public half to the tenant's own application.`,
        tell: `Set the expiration date of ${name} in the vault of tenants.`,
      };

/** Where each is made anew. */
const makers: Readonly<Record<SecretKind, string>> = {
  auth: "Make a new password, token or client secret for the relay's account in the tool",
  inbound: 'Make a new key for what the tool sends',
  outbound: 'Make a new key for what is sent (a routing key in PagerDuty)',
};

const connectionCures = ({
  name,
  tenantId,
  secret,
}: Extract<Expiring, { readonly what: 'connectionSecret' }>): Cures => {
  const address = `${tenantId === undefined ? '' : `/tenants/${tenantId}`}/connections/${name}`;
  const after =
    secret === 'auth' ? '' : ' The other side needs it within 24 hours: so long the one before is good, too.';
  return {
    renew: `${makers[secret]}, and PUT ${address} again with it and its end (${secret}.secret, ${secret}.expires).${after}`,
    tell: `PUT ${address} again with ${secret}.expires, the day on which this secret ends, or never.`,
  };
};
