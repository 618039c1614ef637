import { ok } from '../../shared/http/answers';
import { coverageView, pageOfCoverage } from '../../shared/http/tenants/coverageView';
import { method } from '../../shared/http/method';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import { rangeListQuery, rangeQuery } from '../../shared/http/input/rangeQuery';
import { readTenant } from '../../shared/http/tenants/readTenants';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { services } from '../services';

export const coverage: Route = {
  name: 'coverage',
  path: 'coverage',
  methods: {
    GET: method({
      policy: 'Reader',
      summary:
        'Whether anything was missed, tenant by tenant in your sight; the last day unless from and to say otherwise',
      query: rangeListQuery,
      handler: async (call) => ok(await pageOfCoverage(call.services, call.caller, call.query)),
    }),
  },
};

export const tenantCoverage: Route = {
  name: 'tenantCoverage',
  path: 'tenants/{tenantId}/coverage',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'Whether anything was missed between from and to, and the ledger that shows it',
      find: tenantInSight,
      query: rangeQuery,
      handler: async ({ services: using, found, query }) =>
        ok(await coverageView(using, await readTenant(using, found), query)),
    }),
  },
};

route(services, coverage);
route(services, tenantCoverage);
