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
  const cures = isTenants(expiring) ? tenantsCures : appsCures;
  if (endsAt === null || Number.isNaN(endMs))
    return {
      expiring,
      stage: 'unknown',
      detail: `${nameOf(expiring)} ends on a day nobody told.`,
      cure: cures.tell(expiring),
    };
  const leftMs = endMs - nowMs;
  const stage = stages.find(([days]) => leftMs <= days * dayMs)?.[1];
  if (stage === undefined) return undefined;
  return {
    expiring,
    stage,
    detail: `${nameOf(expiring)} ${inDays(leftMs)} (${endsAt.slice(0, 10)}).`,
    cure: cures.renew(expiring),
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

const nouns: Readonly<Record<Expiring['what'], string>> = {
  secret: 'The client secret',
  certificate: 'The certificate',
  partnerRelationship: 'The partner relationship',
};

const nameOf = ({ what, name }: Expiring): string => `${nouns[what]} ${name}`;

const isTenants = ({ tenantId }: Expiring): boolean => tenantId !== undefined;

interface Cures {
  readonly renew: (expiring: Expiring) => string;
  readonly tell: (expiring: Expiring) => string;
}

const relationshipCures: Cures = {
  renew: () =>
    'Extend the relationship in Partner Center, or ask the customer for a new one: roles given through it end with it.',
  tell: () => 'Look the end of the relationship up in Partner Center.',
};

const appsCures: Cures = {
  renew: ({ what, name }) =>
    what === 'secret'
      ? `Make a new client secret on the application's registration and store its value as a new version of ${name}, with its end as the vault's expiration date: it is picked up without a restart.`
      : `Make a new version of the certificate ${name} in the vault and upload its public half to the application's registration: it is picked up without a restart.`,
  tell: ({ name }) =>
    `Set the expiration date of ${name} in the vault to the day the secret ends on the application's registration.`,
};

const tenantsCures: Cures = {
  renew: (expiring) => {
    if (expiring.what === 'partnerRelationship') return relationshipCures.renew(expiring);
    return expiring.what === 'secret'
      ? "Make a new client secret on the tenant's own application, and put this tenant again with its value and its end (credential.secret, credential.expires)."
      : `Make a new version of the certificate ${expiring.name} in the vault of tenants, and upload its public half to the tenant's own application.`;
  },
  tell: (expiring) => {
    if (expiring.what === 'partnerRelationship') return relationshipCures.tell(expiring);
    return expiring.what === 'secret'
      ? 'Put this tenant again with credential.expires, the day its client secret ends.'
      : `Set the expiration date of ${expiring.name} in the vault of tenants.`;
  },
};
