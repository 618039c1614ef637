import type { AccountInfo, AuthenticationResult, Configuration, PublicClientApplication } from '@azure/msal-node';
import { consentLink } from '../../shared/access/links';
import type { Api } from '../../shared/access/permissions';
import type { CloudName } from '../../shared/model/tenant';
import type { Send } from '../../shared/ports';
import { Failure } from '../failure';
import { removePrivate } from '../profiles/privateFile';
import type { Profile } from '../profiles/profile';
import { authorityOf } from '../profiles/profile';
import { explain } from './explain';
import { openBrowser } from './openBrowser';
import { fileCache } from './tokenCache';
import type { Asked } from './signInFailure';
import { signInFailure, wantsPerson } from './signInFailure';

export type Way = 'browser' | 'deviceCode';

export interface TokenRequest {
  readonly scopes: readonly string[];
  /** In whose tenant. */
  readonly tenantId: string;
  /** The tenant the person signs in to, where that is another: a partner's is its own. */
  readonly peopleOf?: string;
  /** What it is for, in words. */
  readonly what: string;
  /** Of the tenant. */
  readonly cloud: CloudName;
  /** One of Microsoft's; undefined: ours. */
  readonly api?: Api;
  /** Past the token that is kept: it was refused, or what it says may have changed since. */
  readonly fresh?: boolean;
  /** What a refusal asked of the next token, as JSON: a second factor, as a rule. */
  readonly claims?: string | undefined;
}

export interface SignedIn {
  readonly token: string;
  readonly username: string;
  readonly tenantId: string;
}

/** A person at the command line, through a public client: no secret takes part. */
export interface PublicClient {
  /** Without asking anyone; undefined where someone has to sign in. @throws Failure where signing in again would not help */
  silently(request: TokenRequest): Promise<SignedIn | undefined>;
  /** @throws Failure */
  byHand(request: TokenRequest, way: Way, say: (text: string) => void): Promise<SignedIn>;
}

export interface PublicClientOptions {
  readonly profile: Profile;
  /** Undefined: nothing is kept beyond this process. */
  readonly tokensFile: string | undefined;
  readonly send: Send;
}

/** What the browser shows when Entra has sent it back to us. */
const successPage =
  '<!doctype html><meta charset="utf-8"><title>Signed in</title><style>body{font:1.1rem system-ui;margin:4rem auto;max-width:30rem}</style><h1>Signed in</h1><p>You may close this page and go back to the terminal.</p>';
const errorPage =
  '<!doctype html><meta charset="utf-8"><title>Not signed in</title><style>body{font:1.1rem system-ui;margin:4rem auto;max-width:30rem}</style><h1>Not signed in</h1><p>The terminal says why.</p>';

export const createPublicClient = ({ profile, tokensFile, send }: PublicClientOptions): PublicClient => {
  const authority = authorityOf(profile);
  const kept = tokensFile !== undefined && profile.keepsTokens ? tokensFile : undefined;
  let made: Promise<PublicClientApplication> | undefined;
  const application = (): Promise<PublicClientApplication> => (made ??= open(profile, authority, kept));

  const askedFor = ({ tenantId, what, cloud, api = 'graph' }: TokenRequest): Asked => ({
    tenantId,
    what,
    cloud,
    consentLink: consentLink(tenantId, { authority, clientId: profile.clientId, cloud, api }),
  });
  const accountsIn = async (tenantId: string): Promise<readonly AccountInfo[]> => {
    const all = await (await application()).getTokenCache().getAllAccounts();
    return all.filter((account) => belongsTo(account, tenantId));
  };
  /** One person a tenant: who signs in takes the place of who did before. */
  const replaceOthers = async (tenantId: string, result: AuthenticationResult | null): Promise<void> => {
    for (const account of await accountsIn(tenantId))
      if (account.homeAccountId !== result?.account?.homeAccountId)
        await (await application()).getTokenCache().removeAccount(account);
  };
  const authorityIn = (tenantId: string): string => `${authority}/${tenantId}`;

  return {
    silently: async (request) => {
      const { scopes, tenantId, peopleOf = tenantId, fresh = false, claims } = request;
      // What is kept goes back to the sign-in that was not enough.
      if (claims !== undefined) return undefined;
      const [account] = await accountsIn(peopleOf);
      if (account === undefined) return undefined;
      try {
        const client = await application();
        // MSAL looks what it keeps up by the account's tenant, whatever authority is asked.
        const forceRefresh = fresh || account.tenantId !== tenantId;
        const asking = { account, scopes: [...scopes], authority: authorityIn(tenantId), forceRefresh };
        return signedIn(await client.acquireTokenSilent(asking));
      } catch (error) {
        if (wantsPerson(error)) return undefined;
        throw signInFailure(await explain(error, send, authorityIn(request.tenantId)), askedFor(request));
      }
    },
    byHand: async (request, way, say) => {
      const { scopes, tenantId, peopleOf = tenantId, claims } = request;
      const asked = claims === undefined ? {} : { claims };
      const common = { scopes: [...scopes], authority: authorityIn(tenantId), ...asked };
      try {
        const client = await application();
        const result = await (way === 'deviceCode'
          ? client.acquireTokenByDeviceCode({
              ...common,
              deviceCodeCallback: ({ verificationUri, userCode }) =>
                say(`To sign in, open ${verificationUri} in any browser and enter the code ${userCode}`),
            })
          : client.acquireTokenInteractive({
              ...common,
              prompt: 'select_account',
              successTemplate: successPage,
              errorTemplate: errorPage,
              openBrowser: (url) => {
                say(`A browser opens for you to sign in. If none does, open this address on this machine:\n${url}`);
                openBrowser(url);
                return Promise.resolve();
              },
            }));
        await replaceOthers(peopleOf, result);
        return signedIn(result);
      } catch (error) {
        throw signInFailure(await explain(error, send, authorityIn(request.tenantId)), askedFor(request));
      }
    },
  };
};

/** Deletes what is kept of whoever signed in. False where nobody had. */
export const forgetSignIn = (tokensFile: string): boolean => removePrivate(tokensFile);

/** MSAL takes a tenth of a second to load, which commands without a sign-in need not spend. */
const open = async (
  profile: Profile,
  authority: string,
  kept: string | undefined,
): Promise<PublicClientApplication> => {
  const msal = await import('@azure/msal-node');
  const isCustom = profile.authority !== undefined;
  const configuration: Configuration = {
    auth: {
      clientId: profile.clientId,
      authority: `${authority}/${profile.tenant}`,
      // Of an address of one's own Microsoft's list of clouds knows nothing.
      ...(isCustom ? { knownAuthorities: [new URL(authority).host] } : {}),
    },
    ...(kept === undefined ? {} : { cache: { cachePlugin: fileCache(kept) } }),
  };
  return new msal.PublicClientApplication(configuration);
};

/** Of that tenant, or a guest there. */
const belongsTo = ({ homeAccountId, tenantId: signedInTo, tenantProfiles }: AccountInfo, tenantId: string): boolean =>
  signedInTo === tenantId || homeAccountId.endsWith(`.${tenantId}`) || tenantProfiles?.has(tenantId) === true;

const signedIn = (result: AuthenticationResult | null): SignedIn => {
  if (result === null || result.accessToken === '')
    throw new Failure('Entra gave no token.', { code: 'ERR_SIGN_IN', cure: 'Sign in again: xdr-relay login' });
  return { token: result.accessToken, username: result.account?.username ?? '', tenantId: result.tenantId };
};
