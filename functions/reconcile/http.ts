import { getClient, input } from 'durable-functions';
import { accepted } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { checkPastRange, reconcileBody } from '../../shared/http/input/pastRange';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { requestJob } from '../../shared/reconcile/requestJob';
import { services } from '../services';
import { startOnce } from '../startOnce';

export const reconcileTenant: Route = {
  name: 'reconcileTenant',
  path: 'tenants/{tenantId}/reconcile',
  extraInputs: [input.durableClient()],
  methods: {
    POST: method({
      policy: 'Admin',
      summary: 'Proves a range: reads again what was created or updated in it, stores what is missing and counts it',
      find: tenantInSight,
      body: reconcileBody,
      handler: async ({ services: using, found: { tenantId }, body, context }) => {
        const { job, randomId } = await services();
        const range = { ...checkPastRange(body, using.clock.now()), by: body.by };
        const { runId, state } = await requestJob({ ...job, randomId }, { tenantId, kind: 'reconcile', ...range });
        await startOnce(getClient(context), 'reconcileOne', `reconcile-${tenantId}-${runId}`, { tenantId, runId });
        return accepted({ runId, state });
      },
    }),
  },
};

route(services, reconcileTenant);
