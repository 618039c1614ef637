import { ok } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { tenantCheck } from '../../shared/http/tenants/tenantCheck';
import { services } from '../services';

export const tenantCheckNow: Route = {
  name: 'tenantCheckNow',
  path: 'tenants/{tenantId}/check',
  methods: {
    POST: method({
      policy: 'Admin',
      summary: 'Tries every way into a tenant, step by step, and says what is missing and what mends it',
      find: tenantInSight,
      handler: async ({ services: using, found, caller, assertion }) => {
        const { kind, tenantId } = caller;
        return ok(await tenantCheck(using, found, { kind, tenantId, assertion: assertion() }));
      },
    }),
  },
};

route(services, tenantCheckNow);
