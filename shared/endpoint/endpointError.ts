import type { AppError, ErrorDetails } from '../errors';
import { ConflictError, ConsentError, ContractError, RequestError, ThrottledError, UpstreamError } from '../errors';
import { refusalWordsIn } from '../incidents/errorEnvelope';
import { asksToWait, retryAfterMs } from '../incidents/retryAfter';
import type { IncomingAnswer } from '../ports';

/** Refusals by 403 that no permission of ours would change: the tenant has the feature off. */
const featureCodes = new Set(['DisabledFeature', 'DisallowedOperation']);
/** What the machine itself cannot do, and what would have to change. */
const machineCures: Readonly<Record<string, string>> = {
  OsPlatformNotSupported:
    "this machine's operating system does not support the action; Selective needs Windows 10 or 11",
  ClientVersionNotSupported: "this machine's Defender sensor is too old for the action: update it",
};
/** `ActiveRequestAlreadyInProgress`, and `…AlreadyExists`, seen in use; the pages give the words alone. */
const inProgressCode = /^ActiveRequestAlready/i;
const inProgressWords = /\balready in progress\b/i;

/**
 * What an answer of Defender for Endpoint's other than 200, 201 and 206 means for one tenant. A 401 here comes after a fresh token, so it
 * is the licence ("Account mode is inactive", "No Tvm license"). An action that is already under way is a ConflictError; what the machine
 * cannot do, a RequestError.
 * @see https://learn.microsoft.com/defender-endpoint/api/common-errors
 */
export const fromEndpointAnswer = (answer: IncomingAnswer, tenantId: string, nowMs: number): AppError => {
  const { code, message } = refusalWordsIn(answer.body);
  const details: ErrorDetails = { tenantId };
  const raw = `${answer.status} ${code.slice(0, 100)}`.trim();
  if (asksToWait(answer))
    return new ThrottledError('Defender for Endpoint asks us to wait', retryAfterMs(answer, nowMs), details);
  if (answer.status === 401 || (answer.status === 403 && featureCodes.has(code)))
    return new ConsentError(
      'Defender for Endpoint accepts the token of no licensed tenant here',
      'licenceMissing',
      raw,
      details,
    );
  if (answer.status === 403)
    return new ConsentError('Defender for Endpoint misses a permission in our token', 'roleMissing', raw, details);
  if (answer.status >= 500 || answer.status === 408)
    return new UpstreamError(`Defender for Endpoint answered ${raw}`, details);
  if (isInProgress(answer.status, code, message))
    return new ConflictError('An action of this kind is already under way on the machine', details);
  const cure = Object.hasOwn(machineCures, code) ? machineCures[code] : undefined;
  if (answer.status === 400 && cure !== undefined)
    return new RequestError('The machine cannot do this', [{ field: 'machineId', message: cure }]);
  return new ContractError(`Defender for Endpoint refused the request: ${raw} ${message.slice(0, 200)}`, details);
};

const isInProgress = (status: number, code: string, message: string): boolean =>
  (status === 400 || status === 409) && (inProgressCode.test(code) || inProgressWords.test(message));
