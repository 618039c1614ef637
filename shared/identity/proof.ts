import type { ClientSecretCredentialOptions, TokenCredential } from '@azure/identity';

/** For whom a token is asked, and where. */
export interface Asking {
  readonly tenantId: string;
  readonly clientId: string;
  /** Entra's address, without a final slash. */
  readonly authority: string;
  readonly options: ClientSecretCredentialOptions;
}

/** What an application proves itself with: one secret, one version of a certificate, or our managed identity. */
export interface Proof {
  /** The SDK's credential; it keeps the tokens it gets. */
  credential(asking: Asking): TokenCredential;
  /** Likewise, in the name of the person whose token for our API `assertion` is. */
  onBehalfOf(asking: Asking, assertion: string): TokenCredential;
}

/** An application's proof as it stands. @throws AuthError · UpstreamError */
export interface Proofs {
  /** The same object while nothing changed. */
  current(): Promise<Proof>;
  /** Entra refused this one: another to try, if there is any. */
  instead(refused: Proof): Promise<Proof | undefined>;
  /** Why the vault gave none the last time; undefined where all is well. */
  trouble(): unknown;
}
