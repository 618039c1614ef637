/** What Entra sends an administrator back with, as far as it is looked at. Nothing of it is believed yet. */
export interface ConsentAnswer {
  readonly state: string;
  /** Entra says that nothing was granted. */
  readonly refusal: Refusal | undefined;
  /** Entra says that all was granted, and names a tenant. */
  readonly tenant: string | undefined;
}

export interface Refusal {
  /** OAuth's word. */
  readonly error: string;
  /** Entra's own number out of its description, or OAuth's word: fit to be shown. */
  readonly raw: string;
}

const known = ['state', 'error', 'error_description', 'admin_consent', 'tenant'] as const;
const maxChars = 4_096;
const oauthWord = /^[a-z_]{1,64}$/;
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Undefined where it is none of Entra's answers. Parameters that are not known are passed over, for Entra may add some; known ones
 * given twice are not. `admin_consent=True` stands in failures as well: `error` decides.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent#consent-response
 */
export const consentAnswer = (query: URLSearchParams): ConsentAnswer | undefined => {
  if (known.some((name) => query.getAll(name).length > 1)) return undefined;
  if (known.some((name) => (query.get(name) ?? '').length > maxChars)) return undefined;
  const state = query.get('state');
  if (state === null) return undefined;
  const error = query.get('error');
  if (error !== null)
    return { state, refusal: refusalOf(error, query.get('error_description') ?? ''), tenant: undefined };
  const tenant = query.get('tenant')?.toLowerCase() ?? '';
  if (query.get('admin_consent')?.toLowerCase() !== 'true' || !guid.test(tenant)) return undefined;
  return { state, refusal: undefined, tenant };
};

/** Only what has Entra's form goes on: the rest is whatever someone put into a link. */
const refusalOf = (given: string, description: string): Refusal => {
  const error = oauthWord.test(given) ? given : 'unknown';
  return { error, raw: /\bAADSTS\d{4,9}\b/.exec(description)?.[0] ?? error };
};
