import { ok } from '../../shared/http/answers';
import { method, openMethod } from '../../shared/http/method';
import { readiness } from '../../shared/http/tenants/readiness';
import type { Route } from '../../shared/http/route';
import { registeredRoutes, route } from '../../shared/http/route';
import { checkSettings, services } from '../services';

export const health: Route = {
  name: 'health',
  path: 'health',
  methods: {
    GET: openMethod('Whether the app is up and its settings are usable', () => {
      checkSettings();
      return ok({ status: 'ok' });
    }),
  },
};

export const healthReady: Route = {
  name: 'healthReady',
  path: 'health/ready',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'Whether the app can do its work, check by check, and how the tenants do',
      handler: async (call) => {
        const found = await readiness(call.services, call.caller, registeredRoutes().length);
        return { status: found.status === 'ok' ? 200 : 503, body: found };
      },
    }),
  },
};

route(services, health);
route(services, healthReady);
