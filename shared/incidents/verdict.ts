import { RequestError } from '../errors';
import { oneDetermination } from '../model/determination';
import type { IncidentUpdate } from '../ports';

/**
 * Which determinations may stand beside a classification, both as Graph spells them; unknown, which is none, beside each.
 * @see https://learn.microsoft.com/defender-xdr/api-update-incidents
 */
const pairs: Readonly<Record<string, readonly string[]>> = {
  truePositive: [
    ...['multiStagedAttack', 'maliciousUserActivity', 'malware', 'phishing'],
    ...['compromisedAccount', 'unwantedSoftware', 'other'],
  ],
  informationalExpectedActivity: ['securityTesting', 'lineOfBusinessApplication', 'confirmedActivity', 'other'],
  falsePositive: ['notMalicious', 'notEnoughDataToValidate', 'other'],
  unknown: [],
};

export const classifications: readonly string[] = Object.keys(pairs);
export const determinations: readonly string[] = [...new Set([...Object.values(pairs).flat(), 'unknown'])];

export const isPair = (classification: string, determination: string): boolean =>
  determination === 'unknown' || pairs[classification]?.includes(determination) === true;

/**
 * The change with its verdict in Graph's names.
 * @throws RequestError where classification and determination are not known, or do not go together
 */
export const withCheckedVerdict = (change: IncidentUpdate): IncidentUpdate => {
  const { classification } = change;
  const determination = change.determination === undefined ? undefined : oneDetermination(change.determination);
  if (classification !== undefined && !classifications.includes(classification))
    throw unwritable('classification', `must be one of ${classifications.join(', ')}`);
  if (determination !== undefined && !determinations.includes(determination))
    throw unwritable('determination', `must be one of ${determinations.join(', ')}`);
  if (classification !== undefined && determination !== undefined && !isPair(classification, determination))
    throw unwritable('determination', `does not go with ${classification}: ${ofClassification(classification)}`);
  return { ...change, ...(determination === undefined ? {} : { determination }) };
};

const ofClassification = (classification: string): string => ['unknown', ...(pairs[classification] ?? [])].join(', ');

export const unwritable = (field: string, message: string): RequestError =>
  new RequestError('The incident cannot be changed like this.', [{ field, message }]);
