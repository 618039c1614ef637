import { alertDelay, evidenceCount } from './alerts';
import type { AlertSeed, Classification, Comment, Determination, Incident, Severity, Status, Tenant } from './incident';
import { personOf } from './people';
import type { Random } from './random';
import { createRandom, seedOf } from './random';
import { scenarios, spreads } from './scenarios';
import type { Ticks } from './time7';
import { formatTime7, formatTimeTrimmed, TICKS_PER_SECOND } from './time7';

export interface HistoryOptions {
  seed: number;
  count: number;
  /** Everything generated lies within the 90 days before. */
  nowTicks: Ticks;
  /** How many incidents of the tenant share one last update, besides the small groups every tenant has. */
  tieGroup: number;
}

const historySeconds = 90 * 86_400;

/** What a tenant has gone through before the world starts, oldest first; ids ascend with creation. */
export function generateIncidents(tenant: Tenant, { seed, count, nowTicks, tieGroup }: HistoryOptions): Incident[] {
  const random = createRandom(seedOf(seed, 'history', tenant.tenantId));
  const created = creationTimes(count, nowTicks, random);
  let number = random.int(40, 3_000);
  const incidents = created.map((createdTicks) => {
    number += random.int(1, 3);
    return generateIncident(tenant, number, createdTicks, nowTicks, seedOf(seed, tenant.tenantId, number));
  });
  redirectSome(incidents, random);
  tieSome(incidents, tieGroup, random);
  return incidents;
}

/** A new incident of a believable kind; `asOf` bounds what has happened to it since. */
export function generateIncident(
  tenant: Tenant,
  number: number,
  createdTicks: Ticks,
  asOf: Ticks,
  seed: number,
): Incident {
  const random = createRandom(seed);
  const scenario = random.weighted(scenarios.map((each, index) => [index, each.weight] as const));
  const severity = random.weighted(severityWeights);
  const alerts = alertSeeds(createdTicks, scenario, severity, asOf, random);
  const ageDays = Number((asOf - createdTicks) / TICKS_PER_SECOND) / 86_400;
  const status = statusAtAge(ageDays, random);
  const verdict = status === 'resolved' ? verdictOf(random) : unjudged;
  // An alert that joined later was itself an update.
  const lastUpdateTicks = lastUpdate(alerts.at(-1)?.createdTicks ?? createdTicks, asOf, random);
  const owned = status !== 'active' || random.chance(0.2);
  const title = random.pick(scenarios[scenario]?.titles ?? scenarios[0].titles);
  return {
    id: String(number),
    number,
    seed,
    scenario,
    displayName: title.replace('{where}', random.pick(spreads)),
    createdTicks,
    createdDateTime: formatTimeTrimmed(createdTicks),
    lastUpdateTicks,
    lastUpdateDateTime: formatTimeTrimmed(lastUpdateTicks),
    status,
    severity,
    ...verdict,
    assignedTo: owned ? personOf(tenant, random.int(0, 5)).userPrincipalName : null,
    resolvingComment:
      status === 'resolved' && random.chance(0.2) ? 'Confirmed with the user, nothing left to do.' : null,
    lastWriter: null,
    customTags: random.chance(0.15) ? [random.pick(['vip', 'finance', 'Demo', 'nach Prüfung', 'p1'])] : [],
    systemTags: random.chance(0.08) ? ['Defender Experts'] : [],
    comments: owned && random.chance(0.4) ? commentsOf(tenant, lastUpdateTicks, random) : [],
    redirectIncidentId: null,
    alerts,
    revision: 0,
  };
}

const severityWeights: readonly (readonly [Severity, number])[] = [
  ['high', 140],
  ['medium', 320],
  ['low', 340],
  ['informational', 190],
  ['unknown', 6],
  ['critical', 4],
];

const unjudged: { classification: Classification; determination: Determination } = {
  classification: 'unknown',
  determination: 'unknown',
};

/** A classification with one of the determinations Defender allows beside it. */
export function verdictOf(random: Random): { classification: Classification; determination: Determination } {
  const classification = random.weighted<Classification>([
    ['truePositive', 5],
    ['falsePositive', 3],
    ['informationalExpectedActivity', 2],
    ['unknown', 1],
  ]);
  if (classification === 'unknown') return unjudged;
  if (classification === 'truePositive') {
    const determination = random.pick([
      'multiStagedAttack',
      'malware',
      'phishing',
      'compromisedAccount',
      'unwantedSoftware',
      'apt',
    ] as const);
    return { classification, determination };
  }
  if (classification === 'falsePositive') {
    return {
      classification,
      determination: random.pick(['notMalicious', 'notEnoughDataToValidate', 'other'] as const),
    };
  }
  return {
    classification,
    determination: random.pick(['securityTesting', 'lineOfBusinessApplication', 'confirmedActivity'] as const),
  };
}

function statusAtAge(ageDays: number, random: Random): Status {
  const resolved = ageDays > 14 ? 0.85 : ageDays > 3 ? 0.6 : 0.2;
  if (random.chance(resolved)) return 'resolved';
  return random.weighted([
    ['active', 70],
    ['inProgress', 27],
    ['awaitingAction', 3],
  ]);
}

function alertSeeds(
  createdTicks: Ticks,
  scenario: number,
  severity: Severity,
  asOf: Ticks,
  random: Random,
): AlertSeed[] {
  const [from, to] = random.weighted<readonly [number, number]>([
    [[1, 1], 48],
    [[2, 2], 24],
    [[3, 3], 11],
    [[4, 4], 6],
    [[5, 7], 7],
    [[8, 12], 3],
    [[13, 20], 1],
    [[21, 30], 0.3],
  ]);
  let at = createdTicks;
  return Array.from({ length: random.int(from, to) }, (_, position) => {
    const next = at + alertDelay(position, random);
    at = next < asOf ? next : at;
    return { seed: random.int(0, 0xffffffff), createdTicks: at, severity, scenario, evidence: evidenceCount(random) };
  });
}

function commentsOf(tenant: Tenant, at: Ticks, random: Random): Comment[] {
  const texts = [
    'Looking into it.',
    'User confirmed travel ✈️',
    'Escalated to tier 2,\nsee the runbook.',
    'Falso positivo, cerrar.',
  ] as const;
  return Array.from({ length: random.int(1, 3) }, () => ({
    comment: random.pick(texts),
    createdByDisplayName: personOf(tenant, random.int(0, 5)).displayName,
    createdDateTime: formatTimeTrimmed(at),
  }));
}

/** Two thirds spread evenly, the rest in bursts of minutes, as when a campaign arrives. */
function creationTimes(count: number, nowTicks: Ticks, random: Random): Ticks[] {
  const bursts = Array.from({ length: Math.max(1, Math.round(count / 40)) }, () =>
    random.int(3_600, historySeconds - 3_600),
  );
  const [firstBurst, ...otherBursts] = bursts;
  const ago = Array.from({ length: count }, () => {
    if (random.chance(0.66)) return random.int(60, historySeconds);
    return random.pick([firstBurst ?? historySeconds, ...otherBursts]) - random.int(0, 900);
  });
  return ago
    .sort((first, second) => second - first)
    .map((seconds) => nowTicks - BigInt(seconds) * TICKS_PER_SECOND + fraction(random))
    .sort((first, second) => (first < second ? -1 : first > second ? 1 : 0));
}

/** Most are touched within the hour, some days later; never after `asOf`. */
function lastUpdate(earliest: Ticks, asOf: Ticks, random: Random): Ticks {
  const room = Number((asOf - earliest) / TICKS_PER_SECOND) - 2;
  if (room <= 1) return earliest;
  const wanted = random.next() ** 4 * 20 * 86_400;
  const delay = wanted < room ? Math.floor(wanted) : random.int(0, room);
  return (earliest / TICKS_PER_SECOND + BigInt(delay) + 1n) * TICKS_PER_SECOND + fraction(random);
}

/** A fraction of a second, mostly of seven digits, down to none. */
function fraction(random: Random): Ticks {
  const digits = random.weighted([
    [7, 88],
    [6, 3],
    [3, 3],
    [2, 2],
    [1, 2],
    [0, 2],
  ]);
  return BigInt(random.int(0, 10 ** digits - 1)) * 10n ** BigInt(7 - digits);
}

/** Some incidents were merged into another, older or newer one; what is merged shows no alerts of its own. */
function redirectSome(incidents: readonly Incident[], random: Random): void {
  incidents.forEach((incident, position) => {
    if (!random.chance(0.04)) return;
    const survivor = incidents[position + (random.chance(0.5) ? 1 : -1) * random.int(1, 5)];
    if (survivor === undefined || survivor.status === 'redirected' || incident.status === 'redirected') return;
    // Nothing may point at a row that has itself just become a pointer.
    if (incidents.some((other) => other.redirectIncidentId === incident.id)) return;
    Object.assign(incident, {
      ...unjudged,
      status: 'redirected',
      redirectIncidentId: survivor.id,
      alerts: [],
      resolvingComment: null,
    });
  });
}

/** Gives small groups of neighbours, and one of `tieGroup`, exactly the same last update. */
function tieSome(incidents: readonly Incident[], tieGroup: number, random: Random): void {
  const groups = Math.floor(incidents.length / 40);
  for (let group = 0; group < groups; group++) tie(incidents, random.int(0, incidents.length - 2), random.int(2, 5));
  if (tieGroup > 1) tie(incidents, Math.max(0, incidents.length - tieGroup), tieGroup);
}

function tie(incidents: readonly Incident[], from: number, length: number): void {
  const members = incidents.slice(from, from + length);
  const newest = members.reduce<Ticks>(
    (latest, each) => (each.lastUpdateTicks > latest ? each.lastUpdateTicks : latest),
    0n,
  );
  for (const member of members) {
    member.lastUpdateTicks = newest;
    member.lastUpdateDateTime = formatTime7(newest);
  }
}
