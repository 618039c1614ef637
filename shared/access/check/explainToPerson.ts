import { AppError, ChallengeError, ConsentError, DelegatedConsentError } from '../../errors';
import type { PersonAsking, UserReason } from '../userCures';
import { userCureFor } from '../userCures';
import { explain } from './explain';
import type { Finding } from './step';

const causes: Readonly<Record<UserReason, string>> = {
  delegatedConsentMissing: 'Nobody consented to the relay acting in the name of people of this tenant.',
  delegatedPermissionMissing: 'The token that was had in this person’s name lacks a permission.',
  userBlocked: 'Entra does not let this account sign in.',
  userUnknown: 'Entra does not know this account in this tenant.',
  signInNeeded: 'Entra gives a token only after a further step of signing in.',
  conditionalAccess: 'A policy of the tenant refuses the token.',
  defenderRoleMissing: 'The token is good, and Defender lets this person see nothing.',
};

/**
 * Entra says `invalid_grant` for most of what may be wrong with a person; which of it, its number alone tells. It chooses words here and
 * decides nothing.
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const byNumber: readonly (readonly [RegExp, UserReason])[] = [
  [/^AADSTS(?:50057|50053|50055|50126)$/, 'userBlocked'],
  [/^AADSTS(?:50034|50020|90072)$/, 'userUnknown'],
  [/^AADSTS(?:50076|50079|50074|50158|50173|70008|700082|70043|500133)$/, 'signInNeeded'],
  [/^AADSTS(?:53000|53001|53002|53003|53004|530032|530035)$/, 'conditionalAccess'],
  [/^AADSTS(?:65001|65004|90094|90095)$/, 'delegatedConsentMissing'],
];

/** What a refusal means for the person who asks. @throws what is no error of ours: a defect */
export const explainToPerson = (error: unknown, tenantId: string, asking: PersonAsking): Finding => {
  const reason = error instanceof AppError ? reasonOf(error, asking) : undefined;
  const { authority, clientId, cloud, api } = asking;
  if (reason === undefined) return explain(error, tenantId, { authority, clientId, cloud, api });
  const { code } = error as AppError;
  const cure = userCureFor(reason, tenantId, asking);
  const link = error instanceof DelegatedConsentError ? error.link : cure.link;
  return { code, reason, raw: rawOf(error), cause: causes[reason], ...cure, link };
};

const reasonOf = (error: AppError, { missing }: PersonAsking): UserReason | undefined => {
  const raw = rawOf(error) ?? '';
  const known = byNumber.find(([number]) => number.test(raw))?.[1];
  if (known !== undefined) return known;
  if (error instanceof ChallengeError) return 'signInNeeded';
  if (!(error instanceof ConsentError)) return undefined;
  if (error.reason === 'consentMissing') return 'delegatedConsentMissing';
  if (error.reason !== 'roleMissing') return undefined;
  return missing === undefined ? 'defenderRoleMissing' : 'delegatedPermissionMissing';
};

const rawOf = (error: unknown): string | null =>
  error instanceof AppError && 'raw' in error && typeof error.raw === 'string' ? error.raw : null;
