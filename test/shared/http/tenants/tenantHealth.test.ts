import type { TenantFacts } from '../../../../shared/http/tenants/tenantHealth';
import { isOverdue, tenantHealth } from '../../../../shared/http/tenants/tenantHealth';
import { tenantView } from '../../../../shared/http/tenants/tenantView';
import type { Access } from '../../../../shared/model/access';
import { emptyWindow } from '../../../../shared/model/coverage';
import type { QuarantineEntry } from '../../../../shared/model/quarantine';
import { noCounts } from '../../../../shared/model/run';
import type { RunState } from '../../../../shared/model/run';
import type { TenantState } from '../../../../shared/model/tenantState';
import { newTenantState } from '../../../../shared/model/tenantState';
import { mustBeTime7 } from '../../../../shared/model/time7';

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
  writeBack: false,
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

const quarantined: QuarantineEntry = {
  incidentId: '17',
  version: time,
  stage: 'whole',
  reason: 'more than 1 MiB',
  attempts: 3,
  nextTry: '2026-11-20T09:00:00.000Z',
  since: '2026-11-19T03:05:00.000Z',
};
const rhythm = { lastChange: time, meanMs: 3_600_000, longestMs: 4 * 3_600_000, seen: 100 };
const readTo = (readThrough: string) => ({ ...good.cursor, readThrough: mustBeTime7(readThrough, 'readThrough') });

const facts = (state: TenantState, access = granted, enabled = true): TenantFacts => ({
  tenant: { ...tenant, enabled },
  state,
  access,
  accesses: new Map([['reader', access]]),
  quarantined: state.quarantined === 0 ? [] : [quarantined],
  expiring: [],
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
    ['with a backlog', facts({ ...good, cursor: { ...good.cursor, gaps: [{ ...gap, reason: 'backlog' }] } }), 'ok', 1],
    [
      'with a gap and a backlog',
      facts({ ...good, cursor: { ...good.cursor, gaps: [gap, { ...gap, reason: 'backfill' }] } }),
      'degraded',
      2,
    ],
    ['with an incident in quarantine', facts({ ...good, quarantined: 1 }), 'degraded', 1],
    ['whose counts disagree', facts({ ...good, disagreement: 'listed 5, new 2' }), 'degraded', 1],
    [
      'of which something was found late',
      facts({ ...good, window: { ...emptyWindow(time), foundLate: 2 } }),
      'degraded',
      1,
    ],
    [
      'of which something was found late this week, in a stretch that is closed',
      facts({ ...good, foundLate: { at: mustBeTime7('2026-11-14T10:00:01Z', 'at'), count: 2 } }),
      'degraded',
      1,
    ],
    [
      'of which something was found late long ago',
      facts({ ...good, foundLate: { at: mustBeTime7('2026-11-01T10:00:00Z', 'at'), count: 2 } }),
      'ok',
      0,
    ],
    ['of which nothing was found late', facts({ ...good, window: emptyWindow(time) }), 'ok', 0],
    [
      'silent for longer than its rhythm',
      facts({ ...good, rhythm, cursor: readTo('2026-11-19T10:00:01Z') }),
      'degraded',
      1,
    ],
    ['silent as its rhythm allows', facts({ ...good, rhythm, cursor: readTo('2026-11-19T10:00:00Z') }), 'ok', 0],
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

test('quarantine is told with how many there are and when they are tried again', () => {
  const [reason] = tenantHealth(facts({ ...good, quarantined: 1 })).reasons;
  expect(reason).toContain('1 incident(s)');
  expect(reason).toContain(quarantined.nextTry);
});

test.each([
  ['read in time', facts(good), false],
  ['read too long ago', facts({ ...good, lastSuccess: '2026-11-20T07:39:59Z' }), true],
  ['switched off', facts({ ...good, lastSuccess: '2026-01-01T00:00:00Z' }, granted, false), false],
  ['never read', facts(newTenantState), false],
] as const)('a tenant %s: overdue?', (_name, given, overdue) => {
  expect(isOverdue(given)).toBe(overdue);
});

test('the view of a tenant names what is in quarantine, and calls planned ranges a backlog', () => {
  const state = { ...good, quarantined: 1, cursor: { ...good.cursor, gaps: [{ ...gap, reason: 'backlog' }] } };
  const { sync } = tenantView(facts(state));
  expect(sync.quarantined).toEqual([
    { incidentId: '17', reason: 'more than 1 MiB', attempts: 3, nextTry: quarantined.nextTry },
  ]);
  expect(sync.backlog).toBe(true);
});

const neverAsked = { state: 'pending', reason: null, code: null, raw: null, cure: null, link: null, since: null };

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
    partnership: null,
    attributes: {},
    contract: { never: [] },
    access: { ...neverAsked, registrations: { reader: neverAsked }, reader: neverAsked },
    health: { state: 'ok', reasons: ['Waiting for its first run.'] },
    sync: {
      lastRun: null,
      lastSuccess: null,
      lastNonEmpty: null,
      readThrough: null,
      head: null,
      backlog: false,
      gaps: [],
      window: null,
      counts: {
        stored: 0,
        open: 0,
        listed: 0,
        new: 0,
        changed: 0,
        unchanged: 0,
        quarantined: 0,
        calls: 0,
        incidentWrites: 0,
        queued: 0,
        batches: 0,
        operations: 0,
        seconds: 0,
      },
      quarantined: [],
    },
  });
});
