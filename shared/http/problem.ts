import type { ErrorCode } from '../errors';
import {
  AppError,
  ChallengeError,
  ConfigError,
  DelegatedConsentError,
  messageOf,
  RequestError,
  ThrottledError,
  WriteBackError,
} from '../errors';
import type { LogFields } from '../ports';
import type { Answer } from './answers';

/** RFC 9457. `ERR_INTERNAL` is what a bug shows: none of the errors we raise on purpose. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode | 'ERR_INTERNAL';
  readonly detail?: string;
  readonly errors?: readonly FieldFault[];
  /** Where a person mends it. */
  readonly link?: string;
  /** Also in the log line of this answer. */
  readonly traceId?: string;
}

export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

interface Shown {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
}

/** Fixed texts: what an error says in its own words is for the log. */
const shownAs: Readonly<Record<ErrorCode, Shown>> = {
  ERR_CONFIG: {
    status: 500,
    title: 'Settings are not usable',
    detail: 'The operator has to correct the settings named here and restart.',
  },
  ERR_REQUEST: { status: 400, title: 'Request is not valid' },
  ERR_TOKEN: {
    status: 401,
    title: 'Access token needed',
    detail: 'Send a valid access token for this API in the Authorization header.',
  },
  ERR_CHALLENGE: {
    status: 401,
    title: 'Sign in again',
    detail:
      'Entra wants you to sign in again, perhaps with a further proof, before anything is done in your name: the WWW-Authenticate header says how.',
  },
  ERR_FORBIDDEN: {
    status: 403,
    title: 'Role missing',
    detail: 'Your token does not carry the app role this route needs.',
  },
  ERR_GROUPS_OVERAGE: { status: 403, title: 'Groups are not known' },
  ERR_CONSENT: { status: 500, title: 'Tenant has to grant access' },
  ERR_AUTH: {
    status: 500,
    title: 'Our own credential was refused',
    detail: 'Entra or Key Vault refuses the relay itself: its operator finds in the log what is missing.',
  },
  ERR_THROTTLED: { status: 429, title: 'Too many requests' },
  ERR_UPSTREAM: { status: 503, title: 'A service we depend on did not answer', detail: 'This passes; try again.' },
  ERR_CONTRACT: { status: 500, title: 'Stored or received data has an unexpected shape' },
  ERR_NOT_FOUND: { status: 404, title: 'Not found', detail: 'There is no such thing here, or you may not see it.' },
  ERR_CONFLICT: { status: 409, title: 'Changed meanwhile', detail: 'Read it again, then decide anew.' },
  ERR_SIGNATURE: { status: 401, title: 'Not accepted' },
  ERR_TARGET: { status: 502, title: 'The ticket tool refuses' },
};

const consentOfPerson: Shown = {
  status: 403,
  title: 'Consent missing',
  detail:
    'Nobody has consented yet to what would be done in your name: open the link, or have your administrator open it.',
};

const upstreamRetrySeconds = 5;

/** The answer to anything thrown. What is unknown, malformed or hidden gets the very same bytes, so that 404 tells nothing: no trace id there. */
export const problemFor = (error: unknown, traceId: string, tokenShown: boolean): Answer => {
  if (!(error instanceof AppError))
    return problem({ title: 'Something went wrong here', status: 500, code: 'ERR_INTERNAL', traceId });
  const shown = error instanceof DelegatedConsentError ? consentOfPerson : shownAs[error.code];
  const detail = saysItself(error) ? error.message : shown.detail;
  const errors = faultsOf(error);
  return problem(
    {
      title: error instanceof WriteBackError ? 'Switched off' : shown.title,
      status: shown.status,
      code: error.code,
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined ? {} : { errors }),
      ...(error instanceof DelegatedConsentError ? { link: error.link } : {}),
      ...(shown.status === 404 ? {} : { traceId }),
    },
    headersOf(error, tokenShown),
  );
};

export const problem = (body: Problem, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: body.status,
  body,
  headers: { ...headers, 'content-type': 'application/problem+json' },
});

const saysItself = (error: AppError): boolean =>
  error.code === 'ERR_REQUEST' || error.code === 'ERR_GROUPS_OVERAGE' || error instanceof WriteBackError;

const faultsOf = (error: AppError): readonly FieldFault[] | undefined => {
  if (error instanceof RequestError) return error.fields;
  if (error instanceof ConfigError) return error.faults.map(settingFault);
  return undefined;
};

const settingFault = (fault: string): FieldFault => {
  const [field = '', ...words] = fault.split(' ');
  return { field, message: words.join(' ') };
};

const headersOf = (error: AppError, tokenShown: boolean): Record<string, string> => {
  if (error.code === 'ERR_TOKEN') return { 'www-authenticate': tokenShown ? 'Bearer error="invalid_token"' : 'Bearer' };
  if (error instanceof ChallengeError) return { 'www-authenticate': challengeOf(error) };
  if (error.code === 'ERR_UPSTREAM') return { 'retry-after': String(upstreamRetrySeconds) };
  if (error instanceof ThrottledError)
    return { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
  return {};
};

/** @see https://learn.microsoft.com/entra/identity-platform/claims-challenge (its example is plain base64, which clients decode) */
const challengeOf = ({ challenge }: ChallengeError): string => {
  const { tenantId, authorizationUri, claims } = challenge;
  const asked = claims === undefined ? undefined : Buffer.from(claims, 'utf8').toString('base64');
  return [
    `Bearer realm="${tenantId}"`,
    `authorization_uri="${authorizationUri}"`,
    ...(asked === undefined ? ['error="invalid_token"'] : ['error="insufficient_claims"', `claims="${asked}"`]),
  ].join(', ');
};

/** An error and its causes as fields of a log line: names and messages, never an object that might hold a header or body. */
export const errorFields = (error: unknown): LogFields => ({
  reason: causes(error).join(' <- '),
  ...(error instanceof AppError
    ? { code: error.code, tenantId: error.tenantId, incidentId: error.incidentId }
    : { code: 'ERR_INTERNAL', stack: error instanceof Error ? error.stack : undefined }),
});

const maxCauses = 6;

const causes = (error: unknown): readonly string[] => {
  const chain: string[] = [];
  for (let at = error; at !== undefined && chain.length < maxCauses; at = at instanceof Error ? at.cause : undefined)
    chain.push(at instanceof Error ? `${at.name}: ${messageOf(at)}` : messageOf(at));
  return chain;
};
