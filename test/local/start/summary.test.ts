import type { TenantView } from '../../../local/start/relayApi';
import { summarize, summaryInWords } from '../../../local/start/summary';

const tenant = (tenantId: string, state: string, counts: Partial<TenantView['sync']['counts']>): TenantView => ({
  tenantId,
  name: tenantId.toUpperCase(),
  cloud: 'public',
  backend: 'graph',
  groups: [],
  sealed: false,
  intervalSeconds: null,
  enabled: true,
  writeBack: false,
  attributes: {},
  contract: { never: [] },
  access: {
    reader: { state, reason: state === 'blocked' ? 'consentMissing' : null, raw: null, cure: null, link: null },
  },
  health: { state: 'ok', reasons: [] },
  sync: {
    lastRun: null,
    readThrough: state === 'blocked' ? null : '2026-11-21T08:00:00.0000000Z',
    backlog: false,
    counts: { stored: 0, open: 0, new: 0, changed: 0, unchanged: 0, calls: 0, incidentWrites: 0, ...counts },
  },
});

test('running totals count since before this start, stored is what is held, and a blocked tenant is failed', () => {
  const before = [
    tenant('a', 'granted', { stored: 200, new: 200, calls: 5, incidentWrites: 200 }),
    tenant('b', 'pending', {}),
  ];
  const tenants = [
    tenant('a', 'granted', { stored: 203, new: 203, changed: 2, unchanged: 7, calls: 7, incidentWrites: 205, open: 9 }),
    tenant('b', 'blocked', {}),
  ];
  const summary = summarize(before, { tenants, unfinished: [] }, 2_345);
  expect(summary).toMatchObject({
    tenants: { total: 2, ok: 1, failed: 1 },
    incidents: { stored: 203, new: 3, changed: 2, unchanged: 7 },
    calls: 2,
    incidentWrites: 5,
    seconds: 2.3,
  });
  expect(summary.perTenant[0]).toMatchObject({ tenantId: 'a', name: 'A', state: 'ok', stored: 203, open: 9, new: 3 });
  expect(summary.perTenant[1]).toMatchObject({ tenantId: 'b', state: 'failed', reason: 'consentMissing' });
  expect(summaryInWords(summary)[0]).toBe('1 of 2 customers complete, 1 failed: 203 incidents stored');
});

test('a tenant that was not finished when nothing moved any more is failed', () => {
  const stuck = tenant('a', 'granted', { stored: 10 });
  const { tenants, perTenant } = summarize([stuck], { tenants: [stuck], unfinished: [stuck] }, 1_000);
  expect(tenants).toEqual({ total: 1, ok: 0, failed: 1 });
  expect(perTenant[0]).toMatchObject({ state: 'failed', reason: 'not complete' });
});
