import { tenantHealth } from '../../../shared/http/tenantHealth';
import { tenantView } from '../../../shared/http/tenantView';
import type { Access } from '../../../shared/model/access';
import { noCounts } from '../../../shared/model/run';
import type { RunState } from '../../../shared/model/run';
import type { TenantState } from '../../../shared/model/tenantState';
import { newTenantState } from '../../../shared/model/tenantState';
import { mustBeTime7 } from '../../../shared/model/time7';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const tenant = {
  tenantId: '33333333-3333-4333-8333-333333333333',
  name: 'Contoso',
  cloud: 'public',
  backend: 'graph',
  groups: [],
  sealed: false,
  intervalSeconds: undefined,
  enabled: true,
  attributes: {},
  contract: { never: [] },
} as const;
const granted: Access = {
  state: 'granted',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since: '2026-11-01T00:00:00Z',
  blockedUntil: null,
};
const blocked: Access = {
  ...granted,
  state: 'blocked',
  reason: 'consentMissing',
  code: 'ERR_CONSENT',
  cure: 'Open the link.',
};
const lastRun = (state: RunState) => ({
  runId: '1795161600000-abcdefgh',
  tenantId: tenant.tenantId,
  state,
  startedAt: '2026-11-20T07:59:00Z',
  seconds: 1,
  counts: noCounts,
  code: state === 'failed' ? 'ERR_UPSTREAM' : null,
  reason: null,
});
const good: TenantState = { ...newTenantState, lastRun: lastRun('succeeded'), lastSuccess: '2026-11-20T07:59:01Z' };
const time = mustBeTime7('2026-11-19T00:00:00Z', 'time');
const gap = { from: time, to: time, reason: 'ERR_UPSTREAM', attempts: 1, nextTry: '2026-11-20T08:10:00Z' };

const facts = (state: TenantState, access = granted, enabled = true) => ({
  tenant: { ...tenant, enabled },
  state,
  access,
  nowMs,
  defaultIntervalSeconds: 300,
});

describe('health of a tenant', () => {
  test.each([
    ['read in time', facts(good), 'ok', 0],
    ['never read', facts(newTenantState), 'ok', 1],
    ['blocked', facts(good, blocked), 'down', 1],
    ['failed and never read', facts({ ...newTenantState, lastRun: lastRun('failed') }), 'down', 1],
    ['failed after a success', facts({ ...good, lastRun: lastRun('failed') }), 'degraded', 1],
    ['with a gap', facts({ ...good, cursor: { ...good.cursor, gaps: [gap] } }), 'degraded', 1],
    ['partly granted', facts(good, { ...granted, state: 'partial' }), 'degraded', 1],
    ['read three intervals and five minutes ago', facts({ ...good, lastSuccess: '2026-11-20T07:40:00Z' }), 'ok', 0],
    ['read longer ago', facts({ ...good, lastSuccess: '2026-11-20T07:39:59Z' }), 'degraded', 1],
    ['switched off', facts({ ...good, lastSuccess: '2026-01-01T00:00:00Z' }, blocked, false), 'ok', 1],
  ] as const)('%s', (_name, given, state, reasons) => {
    const health = tenantHealth(given);
    expect(health.state).toBe(state);
    expect(health.reasons).toHaveLength(reasons);
  });

  test('names the cure of a blocked tenant', () => {
    expect(tenantHealth(facts(good, blocked)).reasons).toEqual(['Open the link.']);
  });
});

test('the view of a tenant nobody has read yet has every key, with null where nothing is known', () => {
  expect(tenantView(facts(newTenantState, { ...granted, state: 'pending', since: '' }))).toEqual({
    tenantId: tenant.tenantId,
    name: 'Contoso',
    cloud: 'public',
    backend: 'graph',
    groups: [],
    sealed: false,
    intervalSeconds: null,
    enabled: true,
    writeBack: false,
    credential: null,
    attributes: {},
    contract: { never: [] },
    access: { reader: { state: 'pending', reason: null, code: null, raw: null, cure: null, link: null, since: null } },
    health: { state: 'ok', reasons: ['Waiting for its first run.'] },
    sync: {
      lastRun: null,
      lastSuccess: null,
      readThrough: null,
      head: null,
      backlog: false,
      gaps: [],
      counts: {
        stored: 0,
        open: 0,
        listed: 0,
        new: 0,
        changed: 0,
        unchanged: 0,
        calls: 0,
        incidentWrites: 0,
        batches: 0,
      },
      quarantined: [],
    },
  });
});
