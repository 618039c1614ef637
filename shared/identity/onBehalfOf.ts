import { createHash } from 'node:crypto';
import type { Config } from '../config';
import { AppError, ChallengeError, DelegatedConsentError, RequestError } from '../errors';
import type { AccessToken, Clock, TokenTenant, UserTokens } from '../ports';
import type { Application } from './application';
import { askedScope, askingOf } from './application';
import { checkUserClaims, resourceOf, scopesIn } from './claims';
import { tokenCall } from './oneAssertion';
import type { Person } from './person';
import { personOf } from './person';
import { fromEntraToPerson } from './userEntraError';
import { watchRequests } from './watchRequests';
import { withProof } from './withProof';

export interface UserTokensOptions {
  /** The registration our callers get tokens for. */
  readonly apiApplication: () => Application;
  readonly config: Pick<Config, 'home' | 'publicUrl'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Tokens kept at the most; those not asked for longest go first. */
  readonly mostKept?: number;
}

export interface KeepingUserTokens extends UserTokens {
  /** All for a tenant that was removed. */
  forgetTenant(tenantId: string): void;
}

/** What Entra sends a person back with who consented for themselves: nothing follows from it but a page. */
export const personsState = 'person';

/** A token at the end of its life is not handed out any more. */
const leastLifeMs = 60_000;

interface Asked {
  readonly application: Application;
  readonly assertion: string;
  readonly person: Person;
  readonly scopes: readonly string[];
}

/**
 * Tokens for Microsoft's APIs in exchange for those that people call us with, as long as these live and no longer. Kept under a hash: a
 * caller's own token is nowhere at rest.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 */
export const createUserTokens = (options: UserTokensOptions): KeepingUserTokens => {
  const { apiApplication, config, clock, mostKept = 1_000 } = options;
  const { home, publicUrl } = config;
  const held = new Map<string, AccessToken>();
  const fetching = new Map<string, Promise<AccessToken>>();

  const keep = (key: string, token: AccessToken): void => {
    held.delete(key);
    held.set(key, token);
    for (const oldest of held.keys()) {
      if (held.size <= mostKept) return;
      held.delete(oldest);
    }
  };

  const ask = ({ application, assertion, person, scopes }: Asked): Promise<AccessToken> =>
    withProof(application.proofs, async (proof) => {
      const { tenantId, objectId, expiresAtMs } = person;
      const { clientId } = application;
      const requests = watchRequests();
      // One credential a request: the SDK's would keep what it got for longer than the caller's token lives.
      const credential = proof.onBehalfOf(askingOf(application, tenantId, requests), assertion);
      try {
        const got = await tokenCall(() => credential.getToken([...scopes]));
        if (got === null) throw new Error('no token');
        checkUserClaims(got.token, { tenantId, clientId, objectId, scope: scopes[0] ?? '' });
        return { token: got.token, tenantId, expiresAtMs: Math.min(got.expiresOnTimestamp, expiresAtMs) };
      } catch (error) {
        if (error instanceof AppError) throw error;
        throw fromEntraToPerson(error, requests.lastRefusal(), {
          tenantId,
          scopes,
          authorizationUri: authorizeAt(application, tenantId),
          consentLink: consentLink(application, tenantId, scopes, publicUrl),
        });
      }
    });

  /** Entra does not say which of several permissions it misses; the token of all that is granted does. */
  const toMissing = async (error: DelegatedConsentError, asked: Asked): Promise<DelegatedConsentError> => {
    const { application, person, scopes } = asked;
    const { tenantId } = person;
    const resource = resourceOf(scopes[0] ?? '');
    const whole = `${resource}/.default`;
    if (scopes.includes(whole)) return error;
    const all = await ask({ ...asked, scopes: [whole] }).catch(() => undefined);
    const granted = all === undefined ? [] : scopesIn(all.token, tenantId).map((name) => `${resource}/${name}`);
    const missing = scopes.filter((scope) => !granted.includes(scope));
    if (missing.length === 0 || granted.length === 0) return error;
    const link = consentLink(application, tenantId, missing, publicUrl);
    return new DelegatedConsentError(error.message, missing, link, error.raw, { tenantId, cause: error });
  };

  const fetch = async (asked: Asked): Promise<AccessToken> => {
    try {
      return await ask(asked);
    } catch (error) {
      throw error instanceof DelegatedConsentError ? await toMissing(error, asked) : error;
    }
  };

  return {
    onBehalfOf: async (assertion, tenant, scope) => {
      const person = personOf(assertion);
      assertOwnTenant(person, tenant, home);
      const application = apiApplication();
      const scopes = scope
        .split(' ')
        .filter((each) => each !== '')
        .map((each) => askedScope(application, each));
      const nowMs = clock.now();
      if (person.expiresAtMs <= nowMs) throw expired(application, person);
      const key = `${person.tenantId} ${createHash('sha256').update(assertion).digest('base64url')} ${scopes.join(' ')}`;
      const known = held.get(key);
      if (known !== undefined && known.expiresAtMs - nowMs > leastLifeMs) {
        keep(key, known);
        return known;
      }
      const running =
        fetching.get(key) ??
        fetch({ application, assertion, person, scopes }).finally(() => {
          fetching.delete(key);
        });
      fetching.set(key, running);
      const token = await running;
      keep(key, token);
      return token;
    },
    forgetTenant: (tenantId) => {
      for (const key of held.keys()) if (key.startsWith(`${tenantId} `)) held.delete(key);
    },
  };
};

/** In a person's name no tenant's border can be crossed: for those of other tenants the app itself has to act. */
const assertOwnTenant = (person: Person, tenant: TokenTenant, home: Config['home']): void => {
  if (person.tenantId === tenant.tenantId && tenant.cloud === home.cloud) return;
  throw new RequestError('Nothing can be done in your name in this tenant.', [
    {
      field: 'tenantId',
      message:
        'is not the tenant you signed in to: sign in as a person of that tenant, or let the relay act as the application',
    },
  ]);
};

const expired = (application: Application, { tenantId }: Person): ChallengeError =>
  new ChallengeError('The token of the caller has expired', {
    tenantId,
    authorizationUri: authorizeAt(application, tenantId),
    claims: undefined,
    raw: 'expired',
  });

const authorizeAt = ({ authority }: Application, tenantId: string): string =>
  `${authority}/${tenantId}/oauth2/v2.0/authorize`;

/**
 * Where a person, or their administrator, consents to exactly these delegated permissions and no others.
 * @see https://learn.microsoft.com/entra/identity-platform/consent-types-developer#incremental-and-dynamic-user-consent
 */
const consentLink = (
  application: Application,
  tenantId: string,
  scopes: readonly string[],
  publicUrl: string | undefined,
): string => {
  const query = new URLSearchParams({
    client_id: application.clientId,
    response_type: 'code',
    scope: scopes.join(' '),
    state: personsState,
    ...(publicUrl === undefined ? {} : { redirect_uri: `${publicUrl}/api/consent/callback` }),
  });
  return `${authorizeAt(application, tenantId)}?${query.toString()}`;
};
