import { z } from 'zod';
import type { ReplayDeps } from '../../shared/delivery/replay';
import { replayOne, replayRange } from '../../shared/delivery/replay';
import { accepted, ok } from '../../shared/http/answers';
import { deliveriesQuery, pageOfDeliveries } from '../../shared/http/connections/deliveryPage';
import { instant } from '../../shared/http/input/instant';
import { method } from '../../shared/http/method';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import type { HttpServices } from '../../shared/http/services';
import { allTenants, targetIdOf } from '../../shared/model/connection';
import { deadLetters } from '../../shared/store/deadLetters';
import { openLanes } from '../../shared/store/openLanes';
import { findEvent } from '../../shared/store/outbox';
import { services } from '../services';

export const deliveries: Route = {
  name: 'deliveries',
  path: 'deliveries',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'What was told, waits to be told or was given up, in the tenants in your sight',
      query: deliveriesQuery,
      handler: async (call) => ok(await pageOfDeliveries(call.services, call.caller, call.query)),
    }),
  },
};

export const replayDelivery: Route = {
  name: 'replayDelivery',
  path: 'tenants/{tenantId}/deliveries/{eventId}/replay',
  methods: {
    POST: method({
      policy: 'Admin',
      summary: 'Sends one event again, whatever became of it, with the mapping as it is now',
      find: async (target) => {
        const tenant = await tenantInSight(target);
        const { eventId = '' } = target.params;
        return tenant && findEvent(tenant.tenantId, eventId, target.services.storage.incidents);
      },
      handler: async ({ services: using, found }) => accepted(await replayOne(replayDeps(using), found)),
    }),
  },
};

/** By when incidents were updated. */
const replayBody = z
  .strictObject({
    connectionId: z.string().min(1).max(40).optional(),
    from: instant,
    to: instant,
    state: z.enum(['pending', 'superseded', 'dead'], 'must be pending, superseded or dead').optional(),
  })
  .refine(({ from, to }) => from <= to, { path: ['from'], message: 'must not lie after to' });

export const replayDeliveries: Route = {
  name: 'replayDeliveries',
  path: 'tenants/{tenantId}/deliveries/replay',
  methods: {
    POST: method({
      policy: 'Admin',
      summary:
        'Tries again what was not delivered, of incidents updated between from and to; by default what waits or was given up',
      find: tenantInSight,
      body: replayBody,
      handler: async ({ services: using, found: { tenantId }, body: { connectionId, from, to, state } }) => {
        const targetIds =
          connectionId === undefined
            ? undefined
            : [tenantId, allTenants].map((scope) => targetIdOf({ scope, connectionId }));
        const states = state === undefined ? (['pending', 'dead'] as const) : [state];
        return accepted(await replayRange(replayDeps(using), tenantId, { targetIds, from, to, states }));
      },
    }),
  },
};

const replayDeps = ({ storage, clock }: HttpServices): ReplayDeps => ({
  incidents: storage.incidents,
  lanes: openLanes(storage.index),
  dead: deadLetters(storage.index),
  queue: storage.deliverQueue,
  clock,
});

route(services, deliveries);
route(services, replayDelivery);
route(services, replayDeliveries);
