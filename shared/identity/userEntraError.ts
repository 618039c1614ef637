import { z } from 'zod';
import { ChallengeError, DelegatedConsentError } from '../errors';
import { fromEntra } from './entraError';

/** Where a person may mend what Entra refuses. */
export interface PersonsWays {
  readonly tenantId: string;
  /** Where to sign in again. */
  readonly authorizationUri: string;
  /** What was asked for, whole (`https://graph.microsoft.com/SecurityIncident.Read.All`). */
  readonly scopes: readonly string[];
  /** Where consent to them is asked for. */
  readonly consentLink: string;
}

const refusalBody = z.object({
  error: z.string(),
  suberror: z.string().optional(),
  claims: z.string().optional(),
});

/** Mended by a new sign-in alone. */
const ofPerson: ReadonlySet<string> = new Set(['interaction_required', 'login_required', 'invalid_grant']);

/**
 * What a refused token request in a person's name means. OAuth's `error` and Entra's `suberror` decide; the AADSTS number is kept for the
 * reader only. `refusal` is the body of Entra's answer: of `claims` the SDK tells nothing.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow#error-response-example
 */
export const fromEntraToPerson = (error: unknown, refusal: string, ways: PersonsWays): Error => {
  const { tenantId, authorizationUri, scopes, consentLink } = ways;
  const said = bodyOf(refusal);
  if (said === undefined) return fromEntra(error, tenantId, refusal);
  const raw = /AADSTS\d+/.exec(refusal)?.[0] ?? said.error;
  if (said.error === 'consent_required' || said.suberror === 'consent_required')
    return new DelegatedConsentError('Nobody consented to this in the name of the caller', scopes, consentLink, raw, {
      tenantId,
      cause: error,
    });
  if (!ofPerson.has(said.error) && said.claims === undefined) return fromEntra(error, tenantId, refusal);
  const challenge = { tenantId, authorizationUri, claims: said.claims, raw };
  return new ChallengeError('Entra wants the caller to sign in again', challenge, error);
};

const bodyOf = (refusal: string): z.output<typeof refusalBody> | undefined => {
  try {
    return refusalBody.parse(JSON.parse(refusal));
  } catch {
    return undefined;
  }
};
