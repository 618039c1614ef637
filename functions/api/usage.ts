import { ok } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { pageOfUsage, usageQuery } from '../../shared/http/tenants/usageView';
import { services } from '../services';

export const usage: Route = {
  name: 'usage',
  path: 'usage',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'Calls, storage operations, seconds and incidents a tenant and month (yyyy-mm)',
      query: usageQuery,
      handler: async (call) => ok(await pageOfUsage(call.services, call.caller, call.query)),
    }),
  },
};

route(services, usage);
