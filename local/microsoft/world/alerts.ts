import { buildEvidence, settingFor } from './evidence';
import type { AlertSeed, Incident, Tenant } from './incident';
import type { Random } from './random';
import { createRandom } from './random';
import type { Scenario } from './scenarios';
import { scenarios } from './scenarios';
import { formatTimeTrimmed, TICKS_PER_SECOND } from './time7';

type Fields = Record<string, unknown>;

/** One alert in Graph's shape. Its own facts follow from the seed; status and incident from where it now stands. */
export function buildAlert(tenant: Tenant, incident: Incident, alert: AlertSeed, showFutureMembers: boolean): Fields {
  const random = createRandom(alert.seed);
  const scenario = scenarios[alert.scenario] ?? scenarios[0];
  const id = alertId(scenario, random);
  const setting = settingFor(tenant, alert.createdTicks, random);
  const createdDateTime = formatTimeTrimmed(alert.createdTicks);
  const firstActivity = formatTimeTrimmed(alert.createdTicks - BigInt(random.int(10_000_000, 36_000_000_000)));
  const resolved = incident.status === 'resolved';
  const evidence = Array.from({ length: alert.evidence }, (_, position) =>
    // The first items are the scenario's cast in order, the rest whoever else was seen.
    buildEvidence(scenario.evidence[position] ?? random.pick(scenario.evidence), setting, random),
  );
  return {
    id,
    providerAlertId: id.slice(2),
    incidentId: incident.id,
    status: resolved ? 'resolved' : incident.status === 'inProgress' ? 'inProgress' : 'new',
    severity: alert.severity === 'critical' && !showFutureMembers ? 'unknownFutureValue' : alert.severity,
    // Unset reads null on an alert and "unknown" on its incident.
    classification: resolved && incident.classification !== 'unknown' ? incident.classification : null,
    determination: resolved && incident.determination !== 'unknown' ? incident.determination : null,
    serviceSource: scenario.serviceSource,
    detectionSource: scenario.detectionSource,
    productName: scenario.productName,
    detectorId: random.guid(),
    tenantId: tenant.tenantId,
    title: random.pick(scenario.alertTitles),
    description: description(scenario, random),
    recommendedActions: random.chance(0.1) ? '' : recommendedActions,
    category: scenario.category,
    assignedTo: random.chance(0.1) ? 'Automation' : incident.assignedTo,
    alertWebUrl: `https://security.microsoft.com/alerts/${id}?tid=${tenant.tenantId}`,
    incidentWebUrl: `https://security.microsoft.com/incident2/${incident.id}/overview?tid=${tenant.tenantId}`,
    actorDisplayName: random.chance(0.03) ? 'Storm-0539' : null,
    threatDisplayName: random.chance(0.1) ? 'Emotet' : null,
    threatFamilyName: random.chance(0.1) ? 'Emotet' : null,
    mitreTechniques: scenario.techniques,
    createdDateTime,
    lastUpdateDateTime: resolved ? incident.lastUpdateDateTime : createdDateTime,
    resolvedDateTime: resolved ? incident.lastUpdateDateTime : null,
    firstActivityDateTime: random.chance(0.01) ? malformed(firstActivity) : firstActivity,
    lastActivityDateTime: random.chance(0.005) ? '' : createdDateTime,
    ...(random.chance(0.3)
      ? { investigationState: random.pick(['queued', 'running', 'benign', 'terminatedBySystem']) }
      : {}),
    comments: [],
    ...(random.chance(0.8) ? { systemTags: [] } : {}),
    alertPolicyId: null,
    additionalData: null,
    evidence,
  };
}

/** A fresh alert joining an incident of `scenario`. */
export function newAlertSeed(source: Pick<AlertSeed, 'seed' | 'createdTicks' | 'severity' | 'scenario'>): AlertSeed {
  return { ...source, evidence: evidenceCount(createRandom(source.seed ^ 0x5eed)) };
}

/** Mean about 3.5, long tail. */
export function evidenceCount(random: Random): number {
  const [from, to] = random.weighted<readonly [number, number]>([
    [[1, 2], 46],
    [[3, 4], 35],
    [[5, 8], 15],
    [[9, 16], 3.5],
    [[17, 40], 0.5],
  ]);
  return random.int(from, to);
}

const recommendedActions =
  '1. Inspect the device timeline around the time of the alert.\n2. Contain what is affected.\n3. Contact your incident response team.';

function description(scenario: Scenario, random: Random): string {
  const text = `${scenario.productName} observed activity of the category ${scenario.category} that matches a known technique.`;
  if (random.chance(0.05)) return ` ${text}\n\tSee the timeline.`;
  return text;
}

/** Seen in recordings: a fraction glued on with a plus sign. */
function malformed(time: string): string {
  return `${time.slice(0, 19)}+053088Z`;
}

function alertId(scenario: Scenario, random: Random): string {
  if (scenario.serviceSource === 'microsoftDefenderForEndpoint') {
    return `da${638_000_000_000 + random.int(0, 999_999_999)}${random.int(100_000, 999_999)}_${random.chance(0.5) ? '-' : ''}${random.int(1, 2_000_000_000)}`;
  }
  const prefix = scenario.serviceSource === 'microsoftDefenderForOffice365' ? 'fa' : 'ca';
  return `${prefix}${random.guid()}`;
}

/** How long after its incident the `position`-th alert came, in ticks. */
export function alertDelay(position: number, random: Random): bigint {
  return position === 0 ? 0n : BigInt(random.int(1, 3_600)) * TICKS_PER_SECOND + BigInt(random.int(0, 9_999_999));
}
