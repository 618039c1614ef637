import type { Api, Feature, Need, TokenKind } from '../../shared/access/permissions';
import { missingNeeds, needs, permissionText } from '../../shared/access/permissions';
import type { Claims } from './decodeClaims';

export interface Allowance {
  readonly feature: Feature;
  readonly granted: boolean;
  /** The one that opens it here, or the one to ask for. */
  readonly permission: string;
}

export interface Allowances {
  readonly kind: TokenKind;
  /** What it may do and what not, feature by feature. */
  readonly features: readonly Allowance[];
  /** What is wanted and not there; empty where all is. */
  readonly missing: string | undefined;
}

/** What a token opens at `api`; `wanted` are the features it is expected to open. */
export const allowancesOf = (claims: Claims, api: Api, wanted: readonly Need[]): Allowances => {
  const kind: TokenKind = claims.scopes.length > 0 || claims.username !== undefined ? 'delegated' : 'application';
  const held = kind === 'delegated' ? claims.scopes : claims.roles;
  const missing = missingNeeds(wanted, kind, held);
  return {
    kind,
    features: needs[api].map((need) => {
      const opened = need[kind].find((permission) => held.includes(permission));
      return { feature: need.feature, granted: opened !== undefined, permission: opened ?? need[kind][0] };
    }),
    missing: missing.length === 0 ? undefined : permissionText(api, kind, missing),
  };
};

/** What a person reads with; changing anything is never expected. */
export const readingNeeds = (api: Api): readonly Need[] => needs[api].filter(({ feature }) => feature !== 'writing');
