import type { Json, JsonObject, ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import { digestsOf, isOtherRecipe } from '../../../../shared/sync/comparing/digest';
import type { RandomSource } from '../../../support/randomSource';
import { randomSource } from '../../../support/randomSource';

const body: JsonObject = {
  id: '4711',
  displayName: 'Ransomware on 3 hosts',
  status: 'active',
  severity: 'high',
  classification: 'unknown',
  determination: 'unknown',
  assignedTo: 'adele@contoso.example',
  createdDateTime: '2026-11-20T07:00:00.5Z',
  lastUpdateDateTime: '2026-11-20T08:00:00.1234567Z',
  redirectIncidentId: null,
  customTags: ['vip', 'finance', ''],
  comments: [
    { comment: 'looks bad', createdByDisplayName: 'Adele', createdDateTime: '2026-11-20T07:30:00Z' },
    { comment: 'is bad', createdByDisplayName: 'Kai', createdDateTime: '2026-11-20T07:40:00Z' },
  ],
  alerts: [
    { id: 'a1', severity: 'high', evidence: [{ '@odata.type': 'ip', ipAddress: '10.0.0.1', ports: [80, 443] }, {}] },
    { id: 'a2', severity: 'low', evidence: [], scores: [0.5, -1, true] },
  ],
};

const incidentOf = (of: JsonObject, header: Partial<ObservedIncident['header']> = {}): ObservedIncident => ({
  backend: 'graph',
  header: {
    incidentId: '4711',
    displayName: 'Ransomware on 3 hosts',
    status: 'active',
    severity: 'high',
    classification: 'unknown',
    determination: 'unknown',
    assignedTo: 'adele@contoso.example',
    createdDateTime: '2026-11-20T07:00:00.5Z',
    lastUpdateDateTime: '2026-11-20T08:00:00.1234567Z',
    redirectIncidentId: null,
    incidentWebUrl: null,
    alertsCount: 2,
    ...header,
  },
  version: '2026-11-20T08:00:00.1234567Z' as Time7,
  body: of,
  complete: true,
  asOf: '2026-11-20T09:00:00.0000000Z' as Time7,
});
const bodyDigest = (of: JsonObject): string => digestsOf(incidentOf(of)).bodyDigest;
const watchedDigest = (of: JsonObject, header: Partial<ObservedIncident['header']> = {}): string =>
  digestsOf(incidentOf(of, header)).watchedDigest;

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shuffled = <T>(random: RandomSource, items: readonly T[]): T[] => {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
};

/** The same content, written another way. */
const rewritten = (random: RandomSource, value: Json): Json => {
  if (Array.isArray(value)) return shuffled(random, value as readonly Json[]).map((item) => rewritten(random, item));
  if (value === '2026-11-20T07:00:00.5Z') return '2026-11-20T07:00:00.5000000Z';
  if (value === '2026-11-20T07:30:00Z') return '2026-11-20T07:30:00.000Z';
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, Json] => [key, rewritten(random, item)]);
  const noise: [string, Json][] = [
    [`nothing${random.below(9)}`, null],
    ['@odata.context', `https://graph.microsoft.com/${random.below(9)}`],
  ];
  return Object.fromEntries(shuffled(random, [...entries, ...noise.slice(random.below(3))]));
};

type Path = readonly (string | number)[];
const leavesOf = (value: Json, path: Path = []): Path[] => {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item, at) => leavesOf(item, [...path, at]));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
  return value === null ? [] : [path];
};
const changedAt = (value: Json, [step, ...rest]: Path, change: (leaf: Json) => Json): Json => {
  if (step === undefined) return change(value);
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item, at) => (at === step ? changedAt(item, rest, change) : item));
  return { ...(value as JsonObject), [step]: changedAt((value as JsonObject)[step]!, rest, change) };
};
const otherThan =
  (random: RandomSource) =>
  (leaf: Json): Json => {
    if (typeof leaf === 'number') return leaf + 1 + random.below(5);
    if (typeof leaf === 'boolean') return !leaf;
    const text = leaf as string;
    return [`${text}x`, ` ${text}`, text === '' ? null : '', text.toUpperCase() === text ? 7 : text.toUpperCase()][
      random.below(4)
    ]!;
  };

describe('the digest of the body', () => {
  test('does not depend on order of keys and lists, nulls, @odata.context and the spelling of times', () => {
    const random = randomSource(11);
    const expected = bodyDigest(body);
    for (let round = 0; round < 300; round += 1)
      expect(bodyDigest(rewritten(random, body) as JsonObject)).toBe(expected);
  });

  test('changes with every leaf that changes', () => {
    const random = randomSource(12);
    const expected = bodyDigest(body);
    const leaves = leavesOf(body);
    expect(leaves.length).toBeGreaterThan(25);
    for (let round = 0; round < 40; round += 1)
      for (const path of leaves) {
        const changed = changedAt(body, path, otherThan(random)) as JsonObject;
        expect([path, bodyDigest(changed)]).not.toEqual([path, expected]);
      }
  });

  test('never mistakes one content for another among a thousand mutations', () => {
    const random = randomSource(13);
    const seen = new Map<string, string>();
    const leaves = leavesOf(body);
    for (let round = 0; round < 1_000; round += 1) {
      const path = leaves[random.below(leaves.length)]!;
      const mark = `#${round}`;
      const digest = bodyDigest(changedAt(body, path, () => mark) as JsonObject);
      expect(seen.get(digest)).toBeUndefined();
      seen.set(digest, `${path.join('.')} ${mark}`);
    }
  });

  test.each<[string, Json, Json]>([
    ['where one text ends and the next begins', ['ab', 'c'], ['a', 'bc']],
    ['a text with punctuation from two texts', ["a',1'b"], ['a', 'b']],
    ['a number from its text', 1, '1'],
    ['true from its text', true, 'true'],
    ['a list of one from its item', ['a'], 'a'],
    ['a list from its nesting', [['a'], ['b']], [['a', 'b']]],
    ['an item that is there twice', ['a', 'a'], ['a']],
    ['an empty object from none', {}, null],
    ['the 7th digit of a time', '2026-11-20T08:00:00.0000001Z', '2026-11-20T08:00:00.0000002Z'],
    ['a time from one an hour on', '2026-11-20T08:00:00Z', '2026-11-20T08:00:00-01:00'],
    ['key and value', { ab: 'c' }, { a: 'bc' }],
  ])('tells %s', (_, one, other) => {
    expect(bodyDigest({ ...body, field: one })).not.toBe(bodyDigest({ ...body, field: other }));
  });
});

describe('the digest of what people watch', () => {
  const expected = watchedDigest(body);
  const alerts = body.alerts as readonly JsonObject[];

  test('is not touched by last update, evidence and other detail', () => {
    const later = { ...body, lastUpdateDateTime: '2026-11-21T00:00:00Z', summary: 'new', tenantId: 't' };
    expect(watchedDigest(later, { lastUpdateDateTime: '2026-11-21T00:00:00Z' })).toBe(expected);
    const evidence = [{ ipAddress: '10.9.9.9' }];
    const detailed = { ...body, alerts: alerts.map((alert) => ({ ...alert, evidence, severity: 'medium' })) };
    expect(watchedDigest(detailed)).toBe(expected);
    expect(bodyDigest(detailed)).not.toBe(bodyDigest(body));
  });

  test('is not touched by order, nor by the casing of enums', () => {
    const random = randomSource(14);
    expect(watchedDigest(rewritten(random, body) as JsonObject)).toBe(expected);
    expect(watchedDigest(body, { status: 'Active', severity: 'HIGH' })).toBe(expected);
  });

  test('is not touched by how none is spelled, nor by which of its two names a determination has', () => {
    const digestOf = (header: Partial<ObservedIncident['header']>) => watchedDigest(body, header);
    const nobody = digestOf({ assignedTo: null });
    for (const assignedTo of ['', ' ', 'None', 'null']) expect(digestOf({ assignedTo })).toBe(nobody);
    for (const none of [null, '', 'Unknown', 'None'])
      expect(digestOf({ classification: none, determination: none })).toBe(expected);
    const compromised = digestOf({ determination: 'compromisedAccount' });
    expect(digestOf({ determination: 'CompromisedUser' })).toBe(compromised);
    expect(compromised).not.toBe(expected);
    expect(digestOf({ assignedTo: 'Nonette' })).not.toBe(nobody);
  });

  test('is not touched by alert ids that came as numbers', () => {
    expect(watchedDigest({ ...body, alerts: [{ id: 7 }] })).toBe(watchedDigest({ ...body, alerts: [{ id: '7' }] }));
  });

  test.each<[string, Partial<ObservedIncident['header']>]>([
    ['title', { displayName: 'ransomware on 3 hosts' }],
    ['status', { status: 'resolved' }],
    ['severity', { severity: 'medium' }],
    ['classification', { classification: 'truePositive' }],
    ['determination', { determination: 'malware' }],
    ['owner', { assignedTo: null }],
    ['redirect', { redirectIncidentId: '4712' }],
  ])('changes with the %s', (_, header) => {
    expect(watchedDigest(body, header)).not.toBe(expected);
  });

  test.each<[string, JsonObject]>([
    ['a tag', { customTags: ['vip', 'finance'] }],
    ['a new alert', { alerts: [...alerts, { id: 'a3' }] }],
    ['an alert gone', { alerts: alerts.slice(1) }],
    ['a new comment', { comments: [...(body.comments as Json[]), { comment: 'ok', createdByDisplayName: 'Kai' }] }],
    [
      'the words of a comment',
      { comments: [{ ...(body.comments as JsonObject[])[0], comment: 'fine' }, (body.comments as Json[])[1]!] },
    ],
  ])('changes with %s', (_, change) => {
    expect(watchedDigest({ ...body, ...change })).not.toBe(expected);
  });
});

test('a digest says nothing of what another back end shows', () => {
  const graphs = digestsOf(incidentOf(body));
  const defenders = digestsOf({ ...incidentOf(body), backend: 'defender' });
  expect(defenders.bodyDigest).toMatch(/^b1d\.[\w-]{43}$/);
  expect(defenders.bodyDigest).not.toBe(graphs.bodyDigest);
  expect(defenders.watchedDigest).toBe(graphs.watchedDigest);
  expect(isOtherRecipe(defenders, 'defender')).toBe(false);
  expect(isOtherRecipe(defenders, 'graph')).toBe(true);
  expect(isOtherRecipe(graphs, 'defender')).toBe(true);
});

test('a digest of another recipe is known by its version', () => {
  const made = digestsOf(incidentOf(body));
  expect(made.bodyDigest).toMatch(/^b1\.[\w-]{43}$/);
  expect(made.watchedDigest).toMatch(/^w2\.[\w-]{43}$/);
  expect(isOtherRecipe(made, 'graph')).toBe(false);
  expect(isOtherRecipe({ ...made, bodyDigest: `b0${made.bodyDigest.slice(2)}` }, 'graph')).toBe(true);
  expect(isOtherRecipe({ ...made, watchedDigest: '' }, 'graph')).toBe(true);
});
