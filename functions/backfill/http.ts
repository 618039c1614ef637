import { getClient, input } from 'durable-functions';
import { accepted } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import { backfillBody, checkPastRange } from '../../shared/http/input/pastRange';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { requestJob } from '../../shared/reconcile/requestJob';
import { services } from '../services';
import { startOnce } from '../startOnce';

export const backfillTenant: Route = {
  name: 'backfillTenant',
  path: 'tenants/{tenantId}/backfill',
  extraInputs: [input.durableClient()],
  methods: {
    POST: method({
      policy: 'Admin',
      summary: 'Reads again what was updated between from and to; the run is told where one is under way already',
      find: tenantInSight,
      body: backfillBody,
      handler: async ({ services: using, found: { tenantId }, body, context }) => {
        const { job, randomId } = await services();
        const range = checkPastRange(body, using.clock.now());
        const { runId, state } = await requestJob(
          { ...job, randomId },
          { tenantId, kind: 'backfill', ...range, by: 'updated' },
        );
        await startOnce(getClient(context), 'backfill', `backfill-${tenantId}-${runId}`, { tenantId, runId });
        return accepted({ runId, state });
      },
    }),
  },
};

route(services, backfillTenant);
