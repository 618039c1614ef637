/** Stands in for `@azure/identity` while a day runs: the same class and errors, asking the day's own Entra. */

export interface TokenAnswer {
  readonly status: number;
  /** The token, or the OAuth error. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TokenQuestion {
  readonly tenantId: string;
  readonly clientId: string;
  readonly secret: string;
  readonly scope: string;
}

export interface Entra {
  ask(question: TokenQuestion): Promise<TokenAnswer>;
  /** The asking instance's own clock. */
  now(): number;
}

/** By authority: each instance of a day asks through one of its own. */
const entras = new Map<string, Entra>();

export const openEntra = (authority: string, entra: Entra): void => void entras.set(authority, entra);
export const closeEntra = (authority: string): void => void entras.delete(authority);

export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
  constructor(
    readonly statusCode: number,
    readonly errorResponse: { readonly error: string; readonly errorDescription: string },
  ) {
    super(`${errorResponse.error}: ${errorResponse.errorDescription}`);
  }
}

/** As the real one: a token is fetched anew so long before it ends. */
const renewBeforeMs = 5 * 60_000;

interface Kept {
  readonly token: string;
  readonly expiresOnTimestamp: number;
}

export class ClientSecretCredential {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly tenantId: string,
    private readonly clientId: string,
    private readonly secret: string,
    private readonly options: { readonly authorityHost: string },
  ) {}

  async getToken(scope: string): Promise<Kept> {
    const entra = entras.get(this.options.authorityHost);
    if (entra === undefined) throw new Error(`network_error: no Entra at ${this.options.authorityHost}`);
    const known = this.kept.get(scope);
    if (known !== undefined && known.expiresOnTimestamp - entra.now() > renewBeforeMs) return known;
    const { tenantId, clientId, secret } = this;
    const { status, body } = await entra.ask({ tenantId, clientId, secret, scope });
    if (status !== 200)
      throw new AuthenticationError(status, {
        error: String(body.error),
        errorDescription: String(body.error_description),
      });
    const token = { token: String(body.access_token), expiresOnTimestamp: Number(body.expires_on_ms) };
    this.kept.set(scope, token);
    return token;
  }
}
