import { created, ok } from '../../shared/http/answers';
import { findEntryIncident, findIncident } from '../../shared/http/incidents/findIncident';
import {
  changeBody,
  changeIncident,
  commentBody,
  decide,
  personOf,
  personDeps,
} from '../../shared/http/incidents/incidentChange';
import { method } from '../../shared/http/method';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { commentByPerson } from '../../shared/changes/changeByPerson';
import { acceptProposal, dismissProposal, reverseConflict } from '../../shared/changes/decideEntry';
import { services } from '../services';

/** Hangs on the incident's own route (incidents.ts): one path is one function. */
export const patchIncident = method({
  policy: 'Analyst',
  summary: 'Changes an incident in Defender, in your name where that can be; If-Match holds against its live state',
  find: findIncident,
  body: changeBody,
  handler: async (call) => {
    const { view, etag } = await changeIncident(call);
    return ok(view, { etag });
  },
});

export const incidentComments: Route = {
  name: 'incidentComments',
  path: 'tenants/{tenantId}/incidents/{incidentId}/comments',
  methods: {
    POST: method({
      policy: 'Analyst',
      summary: 'Adds a comment to an incident in Defender, in your name where that can be',
      find: findIncident,
      body: commentBody,
      handler: async (call) => {
        const { tenant, incident } = call.found;
        const { incidentId } = incident.header;
        const asked = { tenant, incidentId, person: personOf(call), comment: call.body.comment };
        return created({ incidentId, ...(await commentByPerson(personDeps(call), asked)) });
      },
    }),
  },
};

export const proposalAccept: Route = {
  name: 'proposalAccept',
  path: 'tenants/{tenantId}/incidents/{incidentId}/proposals/{entryId}/accept',
  methods: {
    POST: method({
      policy: 'Analyst',
      summary: 'Does in Defender what a ticket proposes',
      find: findEntryIncident,
      handler: async (call) => ok(await decide(call, acceptProposal)),
    }),
  },
};

export const proposalDismiss: Route = {
  name: 'proposalDismiss',
  path: 'tenants/{tenantId}/incidents/{incidentId}/proposals/{entryId}/dismiss',
  methods: {
    POST: method({
      policy: 'Analyst',
      summary: 'Turns down what a ticket proposes',
      find: findEntryIncident,
      handler: async (call) => ok(await decide(call, dismissProposal)),
    }),
  },
};

export const conflictReverse: Route = {
  name: 'conflictReverse',
  path: 'tenants/{tenantId}/incidents/{incidentId}/conflicts/{entryId}/reverse',
  methods: {
    POST: method({
      policy: 'Analyst',
      summary: 'Brings an overruled value back, or lets a stopped link go on',
      find: findEntryIncident,
      handler: async (call) => ok(await decide(call, reverseConflict)),
    }),
  },
};

route(services, incidentComments);
route(services, proposalAccept);
route(services, proposalDismiss);
route(services, conflictReverse);
