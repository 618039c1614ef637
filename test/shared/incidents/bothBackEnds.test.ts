import type { CloudState } from '../../../local/microsoft';
import { answerDefender, answerGraph, createCloudState, createTokens } from '../../../local/microsoft';
import { sourceFor } from '../../../shared/incidents/sourceFor';
import type { JsonObject, ObservedIncident } from '../../../shared/model/incident';
import type { BackEnd } from '../../../shared/model/tenant';
import { beginning } from '../../../shared/model/time7';
import type { ChangedQuery, Clock, IncidentPage, IncidentSource, OutgoingRequest } from '../../../shared/ports';
import type { KnownIncident } from '../../../shared/store/incidents';
import { judge } from '../../../shared/sync/comparing/diff';
import { digestsOf } from '../../../shared/sync/comparing/digest';
import { plainTenant } from '../../support/plainTenant';

const startMs = Date.parse('2026-11-20T08:00:00.000Z');
const clock: Clock = { now: () => startMs, elapsedMs: () => 0 };
const answerers = { graph: answerGraph, defender: answerDefender };

interface TwoFaced {
  readonly cloud: CloudState;
  readonly tenantId: string;
  readonly graph: IncidentSource;
  readonly defender: IncidentSource;
}

const signingKey = createTokens();

/** One tenant of the simulated cloud, read through both of its APIs in process. */
const twoFaced = async (incidentsPerTenant: number, never: readonly string[] = []): Promise<TwoFaced> => {
  const options = { seed: 4, tenants: 1, incidentsPerTenant, now: '2026-11-20T08:00:00.000Z' };
  let ticks = BigInt(startMs) * 10_000n;
  const cloud = await createCloudState({ ...options, clock: () => (ticks += 1n) }, await signingKey);
  const { tenantId } = cloud.world.tenants[0]!;
  const through = (backend: BackEnd): IncidentSource =>
    sourceFor(
      {
        endpoints: { graph: 'https://api.invalid', defender: 'https://api.invalid' },
        clock,
        tokens: {
          getToken: () => Promise.resolve({ token: 'in-process', tenantId, expiresAtMs: Number.MAX_SAFE_INTEGER }),
          forget: () => undefined,
        },
        send: ({ url, headers }: OutgoingRequest) => {
          const request = { method: 'GET', url: url.slice('https://api.invalid'.length), headers, body: '' };
          const { status, headers: own, body } = answerers[backend](cloud, request, tenantId);
          const text = typeof body === 'string' ? body : JSON.stringify(body);
          return Promise.resolve({ status, headers: { ...own }, body: text });
        },
      },
      plainTenant(tenantId, { backend, contract: { never } }),
      { take: () => Promise.resolve() },
    );
  return { cloud, tenantId, graph: through('graph'), defender: through('defender') };
};

/** All of a list that nobody changes meanwhile. */
const readAll = async (source: IncidentSource, query: ChangedQuery = { from: beginning }) => {
  const found = new Map<string, ObservedIncident>();
  for (let skip = 0; ; skip += source.pageSize) {
    const page: IncidentPage = await source.listChanged({ ...query, skip });
    expect(page.broken).toEqual([]);
    for (const incident of page.incidents) found.set(incident.header.incidentId, incident);
    if (!page.more) return found;
  }
};

/** Changes of every kind, so that comments, tags, owners, verdicts and merges occur. */
const livedIn = async (): Promise<TwoFaced> => {
  const both = await twoFaced(400);
  const { cloud, tenantId } = both;
  const ids = cloud.world
    .truth(tenantId)
    .filter(({ status }) => status !== 'redirected')
    .map(({ incidentId }) => incidentId);
  for (const [at, incidentId] of ids.slice(0, 60).entries()) {
    const change = { tenantId, incidentId };
    if (at % 6 === 0)
      cloud.world.apply({ ...change, kind: 'update', comment: `note ${at}`, author: 'Ana', addAlerts: 2 });
    if (at % 6 === 1) cloud.world.apply({ ...change, kind: 'update', customTags: ['vip', ''], assignedTo: null });
    if (at % 6 === 2)
      cloud.world.apply({
        ...{ ...change, kind: 'resolve', classification: 'truePositive' },
        determination: at % 12 === 2 ? 'compromisedAccount' : 'malware',
      });
    if (at % 6 === 3) cloud.world.apply({ ...change, kind: 'update', status: 'awaitingAction', severity: 'unknown' });
    if (at % 6 === 4) cloud.world.apply({ ...change, kind: 'redirect', into: ids[at + 1]! });
  }
  return both;
};

const known = (incident: ObservedIncident): KnownIncident => ({
  etag: 'e',
  version: incident.version,
  status: incident.header.status,
  bodyBlob: null,
  complete: true,
  misses: 0,
  announced: {},
  ...digestsOf(incident),
});

describe('one incident through both APIs', () => {
  let both: TwoFaced;
  let graph: ReadonlyMap<string, ObservedIncident>;
  let defender: ReadonlyMap<string, ObservedIncident>;
  beforeAll(async () => {
    both = await livedIn();
    [graph, defender] = [await readAll(both.graph), await readAll(both.defender)];
  });
  const pairs = () => [...graph.values()].map((shown) => [shown, defender.get(shown.header.incidentId)!] as const);

  test('is there in both, for every incident of the world, at the same version', () => {
    const truth = both.cloud.world.truth(both.tenantId);
    expect(truth.length).toBeGreaterThanOrEqual(400);
    expect(graph.size).toBe(truth.length);
    expect(defender.size).toBe(truth.length);
    for (const [one, other] of pairs()) expect(other.version).toBe(one.version);
  });

  test('has the same header, but for the spellings of none', () => {
    for (const [one, other] of pairs())
      expect({ ...one.header, assignedTo: one.header.assignedTo === '' ? null : one.header.assignedTo }).toEqual(
        other.header,
      );
  });

  test('has the same digest of what people watch, whatever happened to it', () => {
    for (const [one, other] of pairs())
      expect([one.header.incidentId, digestsOf(other).watchedDigest]).toEqual([
        one.header.incidentId,
        digestsOf(one).watchedDigest,
      ]);
  });

  test('was seen in every state, with comments, tags, merges and verdicts, or the above proves little', () => {
    const headers = [...defender.values()].map(({ header }) => header);
    expect(new Set(headers.map(({ status }) => status))).toEqual(
      new Set(['active', 'inProgress', 'resolved', 'redirected', 'awaitingAction']),
    );
    expect(headers.filter(({ redirectIncidentId }) => redirectIncidentId !== null).length).toBeGreaterThan(5);
    expect(headers.filter(({ determination }) => determination === 'compromisedAccount').length).toBeGreaterThan(2);
    expect(headers.filter(({ severity }) => severity === 'unknown').length).toBeGreaterThan(5);
    const bodies = [...defender.values()].map(({ body }) => body);
    expect(bodies.filter(({ comments }) => (comments as unknown[]).length > 0).length).toBeGreaterThan(5);
    expect(bodies.filter(({ customTags }) => (customTags as unknown[]).length > 0).length).toBeGreaterThan(5);
  });

  test('has alerts of the same ids, states, severities, times and sources', () => {
    const told = ({ body }: ObservedIncident) =>
      (body.alerts as readonly JsonObject[]).map((alert) => [
        ...[alert.id, alert.incidentId, alert.title, alert.category, alert.status, alert.severity, alert.serviceSource],
        ...[alert.classification, alert.determination, alert.createdDateTime, alert.lastUpdateDateTime],
        ...[alert.resolvedDateTime, alert.firstActivityDateTime, alert.lastActivityDateTime, alert.detectionSource],
      ]);
    for (const [one, other] of pairs()) expect(told(other)).toEqual(told(one));
  });

  test('has evidence of the same types, those excepted that Defender’s flat entities do not tell', () => {
    const untold = /cloudApplicationEvidence|oauthApplicationEvidence|aiAgentEvidence|alertEvidence|ipEvidence/;
    const types = ({ body }: ObservedIncident) =>
      (body.alerts as readonly JsonObject[]).map((alert) => {
        const named = (alert.evidence as readonly JsonObject[]).map(
          (item) => (item['@odata.type'] ?? 'alertEvidence') as string,
        );
        return [...new Set(named.filter((name) => !untold.test(name)))].sort();
      });
    let seen = 0;
    for (const [one, other] of pairs()) {
      expect(types(other)).toEqual(types(one));
      seen += types(one).flat().length;
    }
    expect(seen).toBeGreaterThan(1_000);
  });

  test('is rewritten without a word when the back end is changed, there and back', () => {
    for (const [one, other] of pairs()) {
      expect(judge(other, known(one)).difference).toBe('redigested');
      expect(judge(one, known(other)).difference).toBe('redigested');
      expect(judge(other, known(other)).difference).toBe('unchanged');
    }
  });

  test('is the same asked for alone as in a list, through each', async () => {
    for (const id of [...graph.keys()].slice(0, 20)) {
      expect((await both.graph.get(id))?.body).toEqual(graph.get(id)!.body);
      expect((await both.defender.get(id))?.body).toEqual(defender.get(id)!.body);
      const bare = await both.graph.get(id, { alerts: false });
      expect(bare?.complete).toBe(false);
      expect((await both.graph.withAlerts(bare!)).body).toEqual(graph.get(id)!.body);
    }
    expect(await both.graph.get('999999')).toBeUndefined();
    expect(await both.defender.get('999999')).toBeUndefined();
  });

  test('is found by state and by creation through each', async () => {
    const idsOf = async (source: IncidentSource, query: ChangedQuery) =>
      [...(await readAll(source, query)).keys()].sort();
    for (const status of ['active', 'inProgress', 'awaitingAction']) {
      const expected = [...graph.values()].filter(({ header }) => header.status === status);
      const ids = expected.map(({ header }) => header.incidentId).sort();
      expect(await idsOf(both.graph, { from: beginning, status })).toEqual(ids);
      expect(await idsOf(both.defender, { from: beginning, status })).toEqual(ids);
    }
    const versions = [...graph.values()].map(({ version }) => version).sort();
    const [from, to] = [versions[50]!, versions[150]!];
    const byCreation = await idsOf(both.graph, { from, to, by: 'created' });
    expect(byCreation.length).toBeGreaterThan(0);
    expect(await idsOf(both.defender, { from, to, by: 'created' })).toEqual(byCreation);
    expect(await idsOf(both.defender, { from, to })).toEqual(await idsOf(both.graph, { from, to }));
  });
});

test('a contract withholds the same from both', async () => {
  const withheld = ['assignedTo', 'userAccount', 'accountName', 'fileDetails', 'comments'];
  const never = ['assignedTo', 'comments', 'alerts.assignedTo', 'alerts.comments'];
  const inside = ['alerts.evidence.userAccount', 'alerts.evidence.fileDetails'];
  const { graph, defender } = await twoFaced(120, [...never, ...inside]);
  for (const source of [graph, defender]) {
    const bodies = JSON.stringify([...(await readAll(source)).values()].map(({ body }) => body));
    expect(withheld.filter((name) => bodies.includes(`"${name}":`))).toEqual([]);
    expect(bodies).toContain('"evidence":');
  }
});

test('a refusal of either API is understood', async () => {
  const both = await twoFaced(5);
  const { behaviour } = both.cloud;
  behaviour.setCondition(both.tenantId, 'noLicence');
  for (const source of [both.graph, both.defender])
    await expect(source.listChanged({ from: beginning })).rejects.toMatchObject({ reason: 'licenceMissing' });
});
