import { getClient, input } from 'durable-functions';
import { accepted } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { requestRun } from '../../shared/sync/run/requestedRun';
import { services } from '../services';
import { startOnce } from '../startOnce';

export const syncTenantNow: Route = {
  name: 'syncTenantNow',
  path: 'tenants/{tenantId}/sync',
  extraInputs: [input.durableClient()],
  methods: {
    POST: method({
      policy: 'Analyst',
      summary: 'Reads a tenant now; the run is told where one is under way already',
      find: tenantInSight,
      handler: async ({ found: { tenantId }, context }) => {
        const { storage, clock, randomId, openJobs } = await services();
        const request = { incidents: storage.incidents, clock, randomId, openJobs };
        const { runId, state } = await requestRun(request, tenantId);
        // Queued may also be a run whose start failed; one that is under way is not started twice under its id.
        if (state === 'queued')
          await startOnce(getClient(context), 'syncOne', `sync-${tenantId}-${runId}`, { tenantId, runId });
        return accepted({ runId, state });
      },
    }),
  },
};

route(services, syncTenantNow);
