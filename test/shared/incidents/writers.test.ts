import type { Answer, Request } from '../../../local/microsoft/answer';
import { answerDefender } from '../../../local/microsoft/defender/answer';
import { issueToken } from '../../../local/microsoft/entra/claims';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import type { Incident } from '../../../local/microsoft/world/incident';
import { writerFor } from '../../../shared/incidents/writerFor';
import type { BackEnd } from '../../../shared/model/tenant';
import type { IncidentUpdate, IncidentWriter, OutgoingRequest } from '../../../shared/ports';
import { createTestCloud, firstTenant } from '../../local/microsoft/testCloud';
import { plainTenant } from '../../support/plainTenant';

const services: Readonly<
  Record<BackEnd, { resource: string; right: string; answer: (state: CloudState, request: Request) => Answer }>
> = {
  graph: { resource: 'https://graph.microsoft.com', right: 'SecurityIncident.ReadWrite.All', answer: answerGraph },
  defender: { resource: 'https://api.security.microsoft.com', right: 'Incident.ReadWrite.All', answer: answerDefender },
};
const backEnds: readonly BackEnd[] = ['graph', 'defender'];

interface Stage {
  readonly state: CloudState;
  readonly writer: IncidentWriter;
  readonly incident: Incident;
  readonly sent: OutgoingRequest[];
  readonly taken: () => number;
}

/** The first tenant's newest incident that is neither resolved nor merged, behind a token that holds `roles`. */
const stage = async (backend: BackEnd, roles?: readonly string[]): Promise<Stage> => {
  const state = await createTestCloud();
  const { tenantId } = firstTenant(state);
  const { resource, right, answer } = services[backend];
  const sent: OutgoingRequest[] = [];
  let taken = 0;
  const writer = writerFor(
    {
      endpoints: { graph: 'https://api.invalid', defender: 'https://api.invalid' },
      clock: { now: () => Number(state.world.clock() / 10_000n), elapsedMs: () => 0 },
      tokens: {
        getToken: async (asked, registration) => {
          expect(registration).toBe('writer');
          const audience = resource;
          const token = await issueToken(state, { tenantId: asked.tenantId, audience, roles: roles ?? [right] });
          return { token, tenantId, expiresAtMs: 0 };
        },
        forget: () => undefined,
      },
      send: (request) => {
        sent.push(request);
        const { method, url, headers, body } = request;
        const asked = { method, url: url.slice('https://api.invalid'.length), headers };
        return Promise.resolve(answer(state, body === undefined ? asked : { ...asked, body }));
      },
    },
    plainTenant(tenantId, { backend }),
    {
      permits: {
        take: () => {
          taken += 1;
          return Promise.resolve();
        },
      },
    },
  );
  const incident = state.world
    .incidentsOf(firstTenant(state))
    .byLastUpdate.findLast(({ status, classification }) => status === 'active' && classification === 'unknown')!;
  return { state, writer, incident, sent, taken: () => taken };
};

const whole: IncidentUpdate = {
  status: 'resolved',
  classification: 'falsePositive',
  determination: 'notMalicious',
  assignedTo: 'ana@example.com',
  customTags: ['vip', 'checked'],
};

describe.each(backEnds)('the writer through %s', (backend) => {
  test('changes all that is named in one PATCH, and answers the incident as it is then', async () => {
    const { writer, incident, sent, taken } = await stage(backend);
    const before = incident.lastUpdateDateTime;
    const after = await writer.update(incident.id, whole);
    expect(sent.map(({ method }) => method)).toEqual(['PATCH']);
    expect(taken()).toBe(1);
    expect(after.header).toMatchObject({
      incidentId: incident.id,
      status: 'resolved',
      classification: 'falsePositive',
      determination: 'notMalicious',
      assignedTo: 'ana@example.com',
    });
    expect(after.body.customTags).toEqual(['vip', 'checked']);
    expect(incident).toMatchObject(whole);
    expect(after.header.lastUpdateDateTime).toBe(incident.lastUpdateDateTime);
    expect(incident.lastUpdateDateTime > before).toBe(true);
  });

  test('leaves alone what is not named, and takes an owner away', async () => {
    const { writer, incident } = await stage(backend);
    await writer.update(incident.id, whole);
    const after = await writer.update(incident.id, { assignedTo: null });
    expect(after.header).toMatchObject({ status: 'resolved', determination: 'notMalicious' });
    expect(incident).toMatchObject({ assignedTo: null, customTags: ['vip', 'checked'] });
    expect(after.header.assignedTo ?? '').toBe('');
  });

  test('adds a comment as it is, which the incident shows from then on', async () => {
    const { writer, incident } = await stage(backend);
    const text = 'Zeile eins\n<b>zwei</b> [xdr-relay:i0123456789abcdef]';
    await writer.comment(incident.id, text);
    const shown = (await writer.get(incident.id))!.body.comments as readonly { comment: string }[];
    expect(shown.at(-1)?.comment).toBe(text);
    expect(incident.comments.at(-1)?.comment).toBe(text);
  });

  test('an incident that is not there is undefined to who looks, and an error to who writes', async () => {
    const { writer } = await stage(backend);
    expect(await writer.get('987654321')).toBeUndefined();
    await expect(writer.update('987654321', { status: 'active' })).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(writer.comment('987654321', 'x')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  test('a token that may only read is refused, and nothing has changed', async () => {
    const reading = backend === 'graph' ? 'SecurityIncident.Read.All' : 'Incident.Read.All';
    const { writer, incident } = await stage(backend, [reading]);
    const { revision } = incident;
    expect(await writer.get(incident.id)).toBeDefined();
    for (const write of [() => writer.update(incident.id, whole), () => writer.comment(incident.id, 'x')])
      await expect(write()).rejects.toMatchObject({ code: 'ERR_CONSENT', reason: 'roleMissing' });
    expect(incident.revision).toBe(revision);
  });

  test.each<[string, IncidentUpdate, string]>([
    [
      'a pair that Microsoft does not document',
      { classification: 'falsePositive', determination: 'phishing' },
      'determination',
    ],
    ['a classification nobody knows', { classification: 'maybe' }, 'classification'],
    ['a determination nobody knows', { determination: 'gremlins' }, 'determination'],
    ['a merge, which Defender alone makes', { status: 'redirected' }, backend === 'graph' ? 'body' : 'status'],
  ])('%s is refused by name', async (_, change, field) => {
    const { writer, incident } = await stage(backend);
    const { revision } = incident;
    await expect(writer.update(incident.id, change)).rejects.toMatchObject({
      code: 'ERR_REQUEST',
      fields: [{ field }],
    });
    expect(incident.revision).toBe(revision);
  });

  test('an incident that was merged meanwhile refuses', async () => {
    const { state, writer, incident } = await stage(backend);
    const tenant = firstTenant(state);
    const into = state.world
      .incidentsOf(tenant)
      .byLastUpdate.find(({ status, id }) => status !== 'redirected' && id !== incident.id)!.id;
    state.world.apply({ kind: 'redirect', tenantId: tenant.tenantId, incidentId: incident.id, into });
    await expect(writer.update(incident.id, { status: 'active' })).rejects.toMatchObject({ code: 'ERR_REQUEST' });
    expect((await writer.get(incident.id))?.header.redirectIncidentId).toBe(into);
  });

  test.each([
    [429, { 'retry-after': '37' }, { code: 'ERR_THROTTLED', retryAfterMs: 37_000 }],
    [503, {}, { code: 'ERR_UPSTREAM' }],
    [409, {}, { code: 'ERR_CONFLICT' }],
    [401, {}, { code: 'ERR_CONSENT', reason: 'licenceMissing' }],
  ])('a %d is what it is to those who read', async (status, headers, expected) => {
    const { state, writer, incident } = await stage(backend);
    const { tenantId } = firstTenant(state);
    state.behaviour.failNext({ service: backend, tenantId, status, headers, times: 2, body: { error: {} } });
    await expect(writer.update(incident.id, { status: 'active' })).rejects.toMatchObject(expected);
  });

  test('every pair of the table is taken', async () => {
    const { writer, incident } = await stage(backend);
    const table: Readonly<Record<string, readonly string[]>> = {
      truePositive: [
        'multiStagedAttack',
        'maliciousUserActivity',
        'malware',
        'phishing',
        'compromisedAccount',
        'unwantedSoftware',
        'other',
      ],
      informationalExpectedActivity: ['securityTesting', 'lineOfBusinessApplication', 'confirmedActivity', 'other'],
      falsePositive: ['notMalicious', 'notEnoughDataToValidate', 'other'],
    };
    for (const [classification, determinations] of Object.entries(table))
      for (const determination of determinations) {
        const { header } = await writer.update(incident.id, { classification, determination });
        expect(header).toMatchObject({ classification, determination });
      }
  });
});

test('the Defender API is asked again under the other page’s names of a determination', async () => {
  const { state, writer, incident, sent } = await stage('defender');
  state.behaviour.change({ determinationNames: 'resource' });
  const { header } = await writer.update(incident.id, {
    classification: 'falsePositive',
    determination: 'notMalicious',
  });
  expect(header).toMatchObject({ classification: 'falsePositive', determination: 'notMalicious' });
  expect(sent.map(({ body }) => (JSON.parse(body ?? '') as { determination: string }).determination)).toEqual([
    'Clean',
    'NotMalicious',
  ]);
});

test('through the Defender API a verdict cannot be taken away, and an own state of Graph has no word', async () => {
  const { writer, incident, sent } = await stage('defender');
  for (const change of [{ classification: 'unknown' }, { determination: 'unknown' }, { status: 'awaitingAction' }])
    await expect(writer.update(incident.id, change)).rejects.toMatchObject({ code: 'ERR_REQUEST' });
  expect(sent).toEqual([]);
});
