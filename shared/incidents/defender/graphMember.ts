import type { Json } from '../../model/incident';
import { oneDetermination } from '../../model/determination';

/**
 * An enum member of the Defender API as Graph spells it: `InProgress` is `inProgress`. Unknown members pass through in Graph's casing, and
 * what is no text passes as it is.
 */
export const graphMember = (value: Json): Json => {
  if (typeof value !== 'string') return value;
  // All in capitals it is an abbreviation, whose first letter alone would read oddly.
  if (/^[A-Z]+$/.test(value)) return value.toLowerCase();
  return `${value.slice(0, 1).toLowerCase()}${value.slice(1)}`;
};

/** Members whose names differ by more than their casing; the page's display text included. Keys in lower case. */
const among =
  (spellings: Readonly<Record<string, string>>) =>
  (value: Json): Json => {
    const key = typeof value === 'string' ? value.toLowerCase() : '';
    return Object.hasOwn(spellings, key) ? (spellings[key] ?? value) : graphMember(value);
  };

const inProgress = { inprogress: 'inProgress' };

export const incidentStatus = among({ ...inProgress, awaitingaction: 'awaitingAction' });
/** Some samples call an alert at work `Active`. */
export const alertStatus = among({ ...inProgress, active: 'inProgress' });
export const severity = among({ unspecified: 'unknown' });
export const classification = among({
  truepositive: 'truePositive',
  falsepositive: 'falsePositive',
  informationalexpectedactivity: 'informationalExpectedActivity',
  'informational, expected activity': 'informationalExpectedActivity',
});
export const determination = (value: Json): Json => {
  if (typeof value !== 'string') return value;
  const one = value.toLowerCase() === 'notavailable' ? 'unknown' : oneDetermination(value);
  return graphMember(one);
};

/** One product, two names over time. */
export const serviceSource = among({
  microsoftdefenderatp: 'microsoftDefenderForEndpoint',
  microsoftcloudappsecurity: 'microsoftDefenderForCloudApps',
  officeatp: 'microsoftDefenderForOffice365',
});
export const detectionSource = among({
  windowsdefenderav: 'antivirus',
  windowsdefenderatp: 'microsoftDefenderForEndpoint',
  officeatp: 'microsoftDefenderForOffice365',
  mcas: 'microsoftDefenderForCloudApps',
});
