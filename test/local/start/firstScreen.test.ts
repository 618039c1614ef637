import {
  commandLines,
  customerTable,
  incidentTable,
  quoted,
  ticketTable,
  type Look,
} from '../../../local/start/firstScreen';
import { widthOf } from '../../../shared/terminal/cells';
import type { IncidentRow, TenantView } from '../../../local/start/relayApi';
import { plain } from '../../../shared/terminal/terminal';

const nowMs = Date.parse('2026-11-21T08:00:00Z');
const startedAtMs = Date.parse('2026-11-21T07:59:30.400Z');
const look = (width: number): Look => ({ width, palette: plain, nowMs });

const row = (over: Partial<IncidentRow>): IncidentRow => ({
  tenantId: 'eb90ea32-8bd7-4757-b470-c0101c474254',
  tenantName: 'Fabrikam',
  incidentId: '780',
  displayName: 'Multi-stage incident involving Initial access & Lateral movement on one endpoint',
  status: 'active',
  severity: 'high',
  createdDateTime: '2026-11-21T05:30:00Z',
  lastUpdateDateTime: '2026-11-21T05:30:00.0000000Z',
  ...over,
});

const reader = { state: 'granted', reason: null, raw: null, cure: null, link: null };
const tenant = (over: Partial<TenantView>): TenantView => ({
  tenantId: '96ca8cde-2138-4e39-bea1-7b964d596891',
  name: 'Contoso',
  cloud: 'public',
  backend: 'graph',
  groups: [],
  sealed: false,
  intervalSeconds: null,
  enabled: true,
  writeBack: false,
  attributes: {},
  contract: { never: [] },
  access: { reader },
  health: { state: 'ok', reasons: [] },
  sync: {
    lastRun: null,
    readThrough: '2026-11-21T07:59:30.0000000Z',
    backlog: false,
    counts: { stored: 1_234, open: 17, new: 1_234, changed: 0, unchanged: 0, calls: 25, incidentWrites: 1_234 },
  },
  ...over,
});
const blocked = tenant({
  tenantId: 'c549e0d9-bd3e-4f56-bf7b-52cff5420f1f',
  name: 'Adatum',
  access: {
    reader: {
      state: 'blocked',
      reason: 'consentMissing',
      raw: 'AADSTS700016',
      cure: 'An administrator of this tenant has to open the consent link and accept.',
      link: 'https://127.0.0.1:1/consent',
    },
  },
  sync: {
    lastRun: null,
    readThrough: null,
    backlog: false,
    counts: { stored: 0, open: 0, new: 0, changed: 0, unchanged: 0, calls: 0, incidentWrites: 0 },
  },
});

test('the table of incidents is aligned and fits 80 columns, whatever the titles are written in', () => {
  const lines = incidentTable(
    [
      row({}),
      row({
        incidentId: '12',
        severity: 'medium',
        tenantName: 'Wingtip Toys',
        displayName: '可疑的登录活动：财务部门',
      }),
      row({ severity: null, displayName: null, createdDateTime: null }),
    ],
    look(80),
  );
  expect(lines).toEqual([
    '  SEVERITY  CUSTOMER      AGE   ID  TITLE',
    '  high      Fabrikam      2 h  780  Multi-stage incident involving Initial acce…',
    '  medium    Wingtip Toys  2 h   12  可疑的登录活动：财务部门',
    '  -         Fabrikam        -  780  (no title)',
  ]);
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
});

test('no open incident is said in words', () => {
  expect(incidentTable([], look(80))).toEqual(['  No open incident.']);
});

test('a line a customer: state, incidents, complete since; the blocked one with cure and link', () => {
  expect(customerTable([blocked, tenant({})], startedAtMs, look(80))).toEqual([
    '  Contoso  ok    1,234 incidents     17 open   complete to 07:59:30 UTC',
    '  Adatum   blocked: consent missing  nothing read yet',
    '    An administrator of this tenant has to open the consent link and accept.',
    '    https://127.0.0.1:1/consent',
  ]);
});

test('a pass that began before this start does not count as complete, one of the same second does', () => {
  const at = (readThrough: string) => tenant({ sync: { ...tenant({}).sync, readThrough } });
  expect(customerTable([at('2026-11-21T07:59:29.0000000Z')], startedAtMs, look(80))[0]).toContain('not complete yet');
  expect(customerTable([at('2026-11-21T07:59:30.0000000Z')], startedAtMs, look(80))[0]).toContain('ok');
});

test('of many customers those in trouble are shown and the rest is counted', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => tenant({ tenantId: String(at), name: `Customer ${at}` }));
  const lines = customerTable([...many, blocked], startedAtMs, look(80));
  expect(lines.length).toBeLessThan(20);
  expect(lines.some((line) => line.includes('Adatum'))).toBe(true);
  expect(lines.at(-1)).toBe('  and 989 more');
});

test('a line a ticket tool: whose, how many open, how many still to come, where to look', () => {
  const tools = [
    { name: 'ServiceNow', customer: 'Contoso', open: 3, coming: 1, url: 'http://127.0.0.1:41025' },
    { name: 'Jira', customer: 'Fabrikam', open: 12, coming: 0, url: 'http://127.0.0.1:41026' },
  ];
  const lines = ticketTable(tools, look(80));
  expect(lines).toEqual([
    '  ServiceNow  Contoso     3 open, 1 on the way   http://127.0.0.1:41025',
    '  Jira        Fabrikam   12 open                 http://127.0.0.1:41026',
  ]);
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
});

test('a text becomes one word of a shell, quotes inside included', () => {
  expect(quoted("Margie's Travel")).toBe(`'Margie'\\''s Travel'`);
});

test('three commands stand ready with token file, ids and body', () => {
  const text = commandLines(
    {
      url: 'http://127.0.0.1:7071',
      tokenFile: '/data dir/token',
      incident: row({}),
      tenant: { tenantId: 't1', name: 'Contoso' },
      candidate: { tenantId: 't2', displayName: "Margie's Travel" },
    },
    look(80),
  ).join('\n');
  expect(text).toContain(`'http://127.0.0.1:7071/api/tenants/eb90ea32-8bd7-4757-b470-c0101c474254/incidents/780'`);
  expect(text).toContain(`'http://127.0.0.1:7071/api/tenants/t1/incidents'`);
  expect(text).toContain(`-X PUT 'http://127.0.0.1:7071/api/tenants/t2'`);
  expect(text).toContain(`-d '{"name":"Margie'\\''s Travel"}'`);
  expect(text.match(/-H "Authorization: Bearer \$\(cat '\/data dir\/token'\)"/g)).toHaveLength(3);
});
