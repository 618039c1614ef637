/** Every error the app raises on purpose carries one of these; callers switch on it, never on the text. */
export type ErrorCode =
  | 'ERR_CONFIG'
  | 'ERR_REQUEST'
  | 'ERR_TOKEN'
  | 'ERR_CHALLENGE'
  | 'ERR_FORBIDDEN'
  | 'ERR_GROUPS_OVERAGE'
  | 'ERR_CONSENT'
  | 'ERR_AUTH'
  | 'ERR_THROTTLED'
  | 'ERR_UPSTREAM'
  | 'ERR_CONTRACT'
  | 'ERR_NOT_FOUND'
  | 'ERR_CONFLICT'
  | 'ERR_SIGNATURE'
  | 'ERR_TARGET';

/** Ids only: a token, header or body must never travel inside an error. */
export interface ErrorDetails {
  readonly tenantId?: string;
  readonly incidentId?: string;
  readonly cause?: unknown;
}

export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
  /** True where running the same step again, unchanged, may succeed. */
  readonly retryable: boolean = false;
  readonly tenantId: string | undefined;
  readonly incidentId: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.tenantId = details.tenantId;
    this.incidentId = details.incidentId;
  }
}

/** Settings that are missing or malformed, all of them together. */
export class ConfigError extends AppError {
  readonly code = 'ERR_CONFIG';
  constructor(readonly faults: readonly string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** The caller's request is wrong; `fields` names each field at fault. */
export class RequestError extends AppError {
  readonly code = 'ERR_REQUEST';
  constructor(
    message: string,
    readonly fields: readonly { field: string; message: string }[] = [],
  ) {
    super(message);
  }
}

/** What is wrong with a hunt: its wording · it finds more than one answer holds · it takes longer or more than is allowed. */
export type HuntingReason = 'query' | 'resultSize' | 'effort';

/** A hunting query the other side refuses; the field at fault is `query`, and its message tells what to change. */
export class HuntingQueryError extends RequestError {
  constructor(
    message: string,
    readonly reason: HuntingReason,
    detail: string,
  ) {
    super(message, [{ field: 'query', message: detail }]);
  }
}

/** The caller showed no token, or one that does not hold. */
export class TokenError extends AppError {
  readonly code = 'ERR_TOKEN';
}

/** What Entra wants of a person before it gives a token in their name. */
export interface Challenge {
  /** Where to sign in again. */
  readonly authorizationUri: string;
  readonly tenantId: string;
  /** What the new token has to carry, as Entra put it: JSON; undefined: a new sign-in is enough. */
  readonly claims: string | undefined;
  /** What the other side said (`AADSTS50079`), for the reader only. */
  readonly raw: string;
}

/** The caller has to sign in again, perhaps with a further proof, before anything can be done in their name. */
export class ChallengeError extends AppError {
  readonly code = 'ERR_CHALLENGE';
  readonly raw: string;
  constructor(
    message: string,
    readonly challenge: Challenge,
    cause?: unknown,
  ) {
    super(message, { tenantId: challenge.tenantId, cause });
    this.raw = challenge.raw;
  }
}

/** The caller is known but lacks the role. */
export class ForbiddenError extends AppError {
  readonly code = 'ERR_FORBIDDEN';
}

/** Entra left the caller's groups out of the token, so who may see what is not known. */
export class GroupsOverageError extends AppError {
  readonly code = 'ERR_GROUPS_OVERAGE';
}

/** Why a tenant's door is shut; each has a cure in shared/access/cures.ts. */
export type AccessReason =
  | 'consentMissing'
  | 'roleMissing'
  | 'licenceMissing'
  | 'tenantUnknown'
  | 'conditionalAccess'
  | 'resourceMissing'
  | 'notOffered';

/** The customer's side has to act: consent, role, licence. Not retried as if it were passing. */
export class ConsentError extends AppError {
  readonly code = 'ERR_CONSENT';
  constructor(
    message: string,
    readonly reason: AccessReason,
    /** What the other side said (`AADSTS700016`, `Forbidden`), for the reader only. */
    readonly raw: string,
    details: ErrorDetails = {},
  ) {
    super(message, details);
  }
}

/** Nobody consented to what we would do in a person's name; `link` leads to where it is asked for. */
export class DelegatedConsentError extends ConsentError {
  constructor(
    message: string,
    /** Delegated permissions, whole (`https://graph.microsoft.com/SecurityIncident.Read.All`). */
    readonly scopes: readonly string[],
    readonly link: string,
    raw: string,
    details: ErrorDetails = {},
  ) {
    super(message, 'consentMissing', raw, details);
  }
}

/** What is wrong with a credential of ours: Entra refuses it · the vault lacks it or holds it disabled · the vault refuses it to us. */
export type CredentialReason = 'credentialRejected' | 'credentialMissing' | 'vaultDenied';

/** Our own credential or right is wrong: the operator acts. */
export class AuthError extends AppError {
  readonly code = 'ERR_AUTH';
  readonly reason: CredentialReason;
  constructor(
    message: string,
    readonly raw: string,
    { reason = 'credentialRejected', ...details }: ErrorDetails & { readonly reason?: CredentialReason } = {},
  ) {
    super(message, details);
    this.reason = reason;
  }
}

export class ThrottledError extends AppError {
  readonly code = 'ERR_THROTTLED';
  constructor(
    message: string,
    readonly retryAfterMs: number,
    details: ErrorDetails = {},
  ) {
    super(message, details);
  }
}

/** A hunt that has to wait: too many calls, or the tenant's share of computing time is used up. */
export class HuntingThrottledError extends ThrottledError {
  constructor(
    message: string,
    retryAfterMs: number,
    readonly allowance: 'calls' | 'cpu',
    details: ErrorDetails = {},
  ) {
    super(message, retryAfterMs, details);
  }
}

/** 5xx, network, time-out: passing. */
export class UpstreamError extends AppError {
  readonly code = 'ERR_UPSTREAM';
  override readonly retryable = true;
}

/** The other side answered in a shape we do not know; the message names the path of the field. */
export class ContractError extends AppError {
  readonly code = 'ERR_CONTRACT';
}

/** What was sent to us does not prove where it comes from; why is nobody's business. */
export class SignatureError extends AppError {
  readonly code = 'ERR_SIGNATURE';
}

/**
 * Why a target does not take what we send: it refuses its content · it is too large · the target is switched off (410) · our credential or
 * right is wrong there · the ticket is gone · it is closed and stays so · its address may not be spoken to.
 */
export type TargetReason = 'refused' | 'tooLarge' | 'gone' | 'credential' | 'ticketGone' | 'ticketClosed' | 'address';

/** A ticket tool or webhook says no, and will say no again; the message tells what to do. */
export class TargetError extends AppError {
  readonly code = 'ERR_TARGET';
  constructor(
    message: string,
    readonly reason: TargetReason,
    /** Of its answer; null where there was none. */
    readonly status: number | null,
    details: ErrorDetails = {},
  ) {
    super(message, details);
  }
}

/** This run may ask no more; not a fault: what is left goes on at the next tick. */
export class CallsSpent extends Error {
  constructor() {
    super('The calls of this run are used up');
    this.name = 'CallsSpent';
  }
}

export class NotFoundError extends AppError {
  readonly code = 'ERR_NOT_FOUND';
}

/** Gone, or changed under us: re-read first. */
export class ConflictError extends AppError {
  readonly code = 'ERR_CONFLICT';
}

/** The tenant's own settings forbid it; the message says which, for whoever asked. */
export class WriteBackError extends ConflictError {}

/** A message for people out of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
