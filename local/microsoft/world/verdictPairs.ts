import type { Classification, Determination } from './incident';

/** Which determinations may stand beside a classification; unknown, which is none, beside each.
 *  @see https://learn.microsoft.com/defender-xdr/api-update-incidents */
const pairs: Readonly<Record<Classification, readonly Determination[]>> = {
  truePositive: [
    ...(['multiStagedAttack', 'maliciousUserActivity', 'malware', 'phishing'] as const),
    ...(['compromisedAccount', 'unwantedSoftware', 'other'] as const),
  ],
  informationalExpectedActivity: ['securityTesting', 'lineOfBusinessApplication', 'confirmedActivity', 'other'],
  falsePositive: ['notMalicious', 'notEnoughDataToValidate', 'other'],
  unknown: [],
};

export function isPair(classification: Classification, determination: Determination): boolean {
  return determination === 'unknown' || pairs[classification].includes(determination);
}
