import { resourceOf } from './claims';
import type { Asking, Proofs } from './proof';
import type { RequestWatch } from './watchRequests';

/** A registration as one tenant meets it. */
export interface Application {
  readonly clientId: string;
  /** Entra's address, without a final slash. */
  readonly authority: string;
  /** An overridden authority is not in Microsoft's list of instances. */
  readonly authorityOverridden: boolean;
  /** Asked with in place of the scope they stand under; default none. */
  readonly scopes?: Readonly<Record<string, string>>;
  readonly proofs: Proofs;
}

/** What to ask with for `scope`, the whole of a resource or one permission of it. */
export const askedScope = ({ scopes = {} }: Pick<Application, 'scopes'>, scope: string): string => {
  const resource = resourceOf(scope);
  const instead = scopes[`${resource}/.default`];
  return instead === undefined ? scope : `${resourceOf(instead)}${scope.slice(resource.length)}`;
};

/** How the SDK asks for tokens as that application in `tenantId`. */
export const askingOf = (application: Application, tenantId: string, { policies }: RequestWatch): Asking => {
  const { clientId, authority, authorityOverridden } = application;
  return {
    tenantId,
    clientId,
    authority,
    options: {
      authorityHost: authority,
      disableInstanceDiscovery: authorityOverridden,
      retryOptions: { maxRetries: 1 },
      additionalPolicies: policies,
    },
  };
};
