import type { Ticks } from './time7';

/** `awaitingAction` and `critical` came after `unknownFutureValue`: shown by name only to who asks for such members. */
export const statuses = ['active', 'inProgress', 'resolved', 'redirected', 'awaitingAction'] as const;
export const severities = ['unknown', 'informational', 'low', 'medium', 'high', 'critical'] as const;
export const classifications = ['unknown', 'falsePositive', 'truePositive', 'informationalExpectedActivity'] as const;
export const determinations = [
  'unknown',
  'apt',
  'malware',
  'securityPersonnel',
  'securityTesting',
  'unwantedSoftware',
  'other',
  'multiStagedAttack',
  'compromisedAccount',
  'phishing',
  'maliciousUserActivity',
  'notMalicious',
  'notEnoughDataToValidate',
  'confirmedActivity',
  'lineOfBusinessApplication',
] as const;

export type Status = (typeof statuses)[number];
export type Severity = (typeof severities)[number];
export type Classification = (typeof classifications)[number];
export type Determination = (typeof determinations)[number];

export interface Comment {
  comment: string;
  createdByDisplayName: string;
  createdDateTime: string;
}

/** What an alert is grown from when it is shown; everything in it follows from these. */
export interface AlertSeed {
  seed: number;
  createdTicks: Ticks;
  severity: Severity;
  /** Index into `scenarios`. */
  scenario: number;
  /** How many evidence items. */
  evidence: number;
}

/** One incident as the cloud holds it; its alerts are grown from their seeds each time they are shown. */
export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly seed: number;
  readonly scenario: number;
  readonly displayName: string;
  readonly createdTicks: Ticks;
  readonly createdDateTime: string;
  lastUpdateTicks: Ticks;
  /** The text on the wire; its fraction may be shorter than seven digits. */
  lastUpdateDateTime: string;
  status: Status;
  severity: Severity;
  classification: Classification;
  determination: Determination;
  assignedTo: string | null;
  resolvingComment: string | null;
  /** Who changed it last through an API; null: nobody, or somebody in the portal. */
  lastWriter: string | null;
  customTags: readonly string[];
  readonly systemTags: readonly string[];
  comments: readonly Comment[];
  redirectIncidentId: string | null;
  alerts: readonly AlertSeed[];
  /** Grows with each change; part of the key under which its text is kept. */
  revision: number;
}

/** A customer's tenant; `index` is its place in the world's list, -1 for the provider's own. */
export interface Tenant {
  readonly index: number;
  readonly tenantId: string;
  readonly displayName: string;
  readonly domain: string;
}
