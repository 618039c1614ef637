import type { Connection } from '../../../../shared/model/connection';
import { allTenants } from '../../../../shared/model/connection';
import type { JsonObject } from '../../../../shared/model/incident';
import type { Tenant } from '../../../../shared/model/tenant';
import { mustBeTime7 } from '../../../../shared/model/time7';
import { packBody } from '../../../../shared/store/body';
import { toIncidentRow } from '../../../../shared/store/incidents';
import type { Rehearsal } from '../../../../shared/ticketing/rehearse/rehearse';
import { rehearse } from '../../../../shared/ticketing/rehearse/rehearse';
import { memoryBlobs, virtualClock } from '../../../support/inProcessRelay';
import type { MemoryTable } from '../../../support/memoryTable';
import { memoryTable } from '../../../support/memoryTable';
import { plainConnection } from '../../../support/plainConnection';
import { plainTenant } from '../../../support/plainTenant';

const tenantId = '11111111-1111-4111-8111-111111111111';
const tenant: Tenant = { ...plainTenant(tenantId), name: 'Contoso', attributes: { customer: 'C-17' } };
const connection: Connection = { ...plainConnection, scope: tenantId };
const range = {
  from: mustBeTime7('2026-11-01T00:00:00Z', 'from'),
  to: mustBeTime7('2026-11-20T00:00:00Z', 'to'),
};

let incidents: MemoryTable;
const bodies = memoryBlobs();
beforeEach(() => {
  incidents = memoryTable();
});

interface Given {
  readonly id: string;
  readonly at?: string;
  readonly status?: string;
  readonly severity?: string;
  readonly displayName?: string;
  readonly assignedTo?: string;
  readonly redirectTo?: string;
  readonly more?: JsonObject;
}

const store = async ({ id, at = '2026-11-10T08:00:00Z', status = 'active', severity = 'medium', ...rest }: Given) => {
  const version = mustBeTime7(at, 'at');
  const shown = {
    displayName: rest.displayName ?? `Incident ${id}`,
    status,
    severity,
    classification: 'unknown',
    determination: 'unknown',
    assignedTo: rest.assignedTo ?? null,
    createdDateTime: at,
    lastUpdateDateTime: at,
    redirectIncidentId: rest.redirectTo ?? null,
    incidentWebUrl: `https://security.microsoft.com/incidents/${id}`,
  };
  const header = { incidentId: id, ...shown, alertsCount: 1 };
  const stored = { tenantId, header, version, complete: true, asOf: version };
  const { columns } = packBody({ id, ...shown, alerts: [], ...rest.more }, 'none');
  await incidents.write({
    kind: 'upsert',
    row: { ...toIncidentRow(stored, { bodyDigest: 'b', watchedDigest: 'w' }, {}), ...columns },
  });
};

const run = (change: Partial<Connection> = {}, of: Tenant = tenant, delivers: 'state' | 'events' = 'state') => {
  const clock = virtualClock('2026-11-21T08:00:00.000Z');
  return rehearse(
    { incidents, bodies, clock },
    { connection: { ...connection, ...change }, tenant: of, delivers, range },
  );
};
const leftOut = ({ leftOut: all }: Rehearsal) => all.map(({ count, incidentIds }) => [count, incidentIds]);

test('shows the tickets as they would be sent, oldest first, though the connection is switched off and newer than they are', async () => {
  await store({ id: '2', at: '2026-11-11T08:00:00Z', severity: 'high' });
  await store({ id: '1', assignedTo: 'ada@contoso.example' });
  await store({ id: '3', at: '2026-11-20T00:00:00Z' });
  await store({ id: '4', at: '2026-10-31T23:59:59Z' });
  const writes = JSON.stringify(incidents.writes);
  const told = await run({
    enabled: false,
    since: mustBeTime7('2026-11-21T00:00:00Z', 'since'),
    settleSeconds: 3_600,
    mapping: {
      title: '{{displayName}} for {{tenant.name}}',
      description: 'no. {{incidentId}}',
      fields: { company: '{{attributes.customer}}' },
      severity: { high: '1 - High' },
      assignees: { 'ada@contoso.example': 'u-1' },
    },
  });
  expect(told).toMatchObject({ looked: 2, complete: true, made: 2, joined: 0, leftOut: [] });
  expect(told.items.map(({ incidentId, kind, event }) => [incidentId, kind, event])).toEqual([
    ['1', 'ticket', null],
    ['2', 'ticket', null],
  ]);
  expect(told.items.map(({ ticket }) => ticket)).toMatchObject([
    { key: `${tenantId}:1`, title: 'Incident 1 for Contoso', description: 'no. 1', assignee: 'u-1' },
    { key: `${tenantId}:2`, severity: 'high', toolSeverity: '1 - High', fields: { company: 'C-17' } },
  ]);
  expect(JSON.stringify(incidents.writes)).toBe(writes);
});

test('says what is left out, and why', async () => {
  await store({ id: '1', severity: 'low' });
  await store({ id: '2', severity: 'low', at: '2026-11-10T09:00:00Z' });
  await store({ id: '3', severity: 'high' });
  await store({ id: '4', severity: 'high' });
  await incidents.write({
    kind: 'upsert',
    row: { ...incidents.rows().find((row) => row.displayName === 'Incident 4')!, body0: Buffer.from('garbled') },
  });
  const told = await run({ filters: { severity: ['high'] } });
  expect([told.made, leftOut(told)]).toEqual([
    1,
    [
      [2, ['1', '2']],
      [1, ['4']],
    ],
  ]);
  expect(told.leftOut.map(({ because }) => because)).toEqual([
    expect.stringContaining('filters'),
    expect.stringContaining('cannot be read'),
  ]);
});

test('counts what joins the ticket of a storm, and gives high severity its own', async () => {
  for (let at = 0; at < 30; at += 1)
    await store({
      id: String(at + 100),
      at: `2026-11-10T08:00:${String(at).padStart(2, '0')}Z`,
      severity: at === 20 ? 'high' : 'medium',
    });
  const told = await run({ storm: { count: 5, minutes: 5 } });
  const kinds = told.items.map(({ kind }) => kind);
  expect([told.looked, told.made, told.joined]).toEqual([30, 2, 28]);
  expect([
    kinds.filter((kind) => kind === 'ticket').length,
    kinds.filter((kind) => kind === 'stormTicket').length,
  ]).toEqual([1, 1]);
  expect(told.items.map(({ incidentId }) => incidentId)).toContain('120');
  const rare = await run({ storm: { count: 30, minutes: 5 } });
  expect([rare.made, rare.joined]).toEqual([30, 0]);
});

test('shows what a webhook would be sent, with what the contract lets out alone', async () => {
  await store({ id: '1', status: 'resolved', more: { description: 'long', alerts: [{ title: 'a', id: 'x' }] } });
  const told = await run(
    {
      outbound: { ...connection.outbound, events: ['resolved'] },
      contract: { send: ['displayName', 'alerts.title'] },
    },
    tenant,
    'events',
  );
  expect(told.items).toMatchObject([
    {
      kind: 'event',
      ticket: null,
      event: {
        type: 'xdr-relay.incident.resolved',
        data: { displayName: 'Incident 1', alerts: [{ title: 'a' }] },
      },
    },
  ]);
  const none = await run({ outbound: { ...connection.outbound, events: ['merged'] } }, tenant, 'events');
  expect([none.made, leftOut(none)]).toEqual([0, [[1, ['1']]]]);
});

test('is bounded: the newest are looked at, and the first of what is made is shown', async () => {
  for (let at = 0; at < 2_100; at += 1)
    await store({ id: String(at), at: new Date(Date.parse('2026-11-02T00:00:00Z') + at * 60_000).toISOString() });
  const told = await run();
  expect([told.looked, told.complete, told.made, told.items.length]).toEqual([2_000, false, 2_000, 50]);
  expect(told.items[0]?.incidentId).toBe('100');
});

test('an answer stays within a megabyte, however large incidents are', async () => {
  const alerts = Array.from({ length: 400 }, (_, at) => ({ id: String(at), title: 'x'.repeat(1_000) }));
  for (let at = 0; at < 10; at += 1) await store({ id: String(at), more: { alerts } });
  const told = await run({}, tenant, 'events');
  expect([told.made, told.items.length]).toEqual([10, 2]);
  expect(JSON.stringify(told).length).toBeLessThan(1_100_000);
});

describe('a canary in each denied path', () => {
  const paths = [
    ...['displayName', 'assignedTo', 'classification', 'description', 'summary', 'customTags', 'comments.comment'],
    ...[
      'alerts.title',
      'alerts.description',
      'alerts.evidence.deviceDnsName',
      'alerts.evidence.userAccount.accountName',
    ],
    ...['alerts.evidence.url', 'incidentWebUrl', 'alerts.comments.comment', 'systemTags', 'alerts.serviceSource'],
  ];
  const canaryAt = (path: string): string => `canary-${path.replaceAll('.', '-')}-7Q`;
  /** Every path holds its canary. */
  const full = (): JsonObject => {
    const at = canaryAt;
    return {
      description: at('description'),
      summary: at('summary'),
      customTags: [at('customTags')],
      systemTags: [at('systemTags')],
      comments: [
        { comment: at('comments.comment'), createdByDisplayName: 'A', createdDateTime: '2026-11-10T08:00:00Z' },
      ],
      classification: at('classification'),
      incidentWebUrl: at('incidentWebUrl'),
      alerts: [
        {
          title: at('alerts.title'),
          description: at('alerts.description'),
          serviceSource: at('alerts.serviceSource'),
          comments: [{ comment: at('alerts.comments.comment') }],
          evidence: [
            {
              deviceDnsName: at('alerts.evidence.deviceDnsName'),
              url: at('alerts.evidence.url'),
              userAccount: { accountName: at('alerts.evidence.userAccount.accountName') },
            },
          ],
        },
      ],
    };
  };
  const everything = `${paths.map((path) => `{{incident.${path}}}`).join(' ')} {{displayName}} {{assignedTo}} {{classification}} {{incidentWebUrl}} {{alerts}} {{entities}}`;
  const shouting: Partial<Connection> = {
    outbound: { ...connection.outbound, comments: 'all' },
    mapping: { title: everything, description: everything, fields: { one: everything }, assignees: {} },
  };
  const storeFull = (): Promise<void> =>
    store({ id: '1', displayName: canaryAt('displayName'), assignedTo: canaryAt('assignedTo'), more: full() });

  test('is there where nothing is denied: so the next tests can fail', async () => {
    await storeFull();
    const texts = [await run(shouting), await run(shouting, tenant, 'events')].map((told) => JSON.stringify(told));
    for (const path of paths) expect([path, texts.some((text) => text.includes(canaryAt(path)))]).toEqual([path, true]);
  });

  test.each(paths)('%s: none in the rehearsal where the tenant withholds it', async (path) => {
    await storeFull();
    const strict = { ...tenant, contract: { never: [path] } };
    const texts = JSON.stringify([await run(shouting, strict), await run(shouting, strict, 'events')]);
    expect(texts).not.toContain(canaryAt(path));
  });

  test.each(paths)('%s: none in the rehearsal where the connection does not send it', async (path) => {
    await storeFull();
    const send = paths.filter((other) => other !== path);
    const texts = JSON.stringify([
      await run({ ...shouting, contract: { send } }),
      await run({ ...shouting, contract: { send } }, tenant, 'events'),
    ]);
    expect(texts).not.toContain(canaryAt(path));
    expect(texts).toContain('canary-');
  });
});

test('one for all tenants is rehearsed on one of them', async () => {
  await store({ id: '1' });
  const told = await run({ scope: allTenants });
  expect([told.tenantId, told.made]).toEqual([tenantId, 1]);
});
