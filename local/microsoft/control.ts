import { z } from 'zod';
import type { Answer, Request } from './answer';
import { jsonAnswer, pathOf } from './answer';
import { conditions } from './behaviour';
import { ControlError, findTenant, parse } from './controlError';
import { changeIdentity, readIdentity } from './controlIdentity';
import { actionEnds } from './endpoint/machineActions';
import { issueToken } from './entra/claims';
import type { CloudState } from './state';
import type { Change } from './world/changes';
import { ChangeError } from './world/changes';
import type { Tenant } from './world/incident';
import { classifications, determinations, severities } from './world/incident';
import { withoutUndefined } from './withoutUndefined';

const changeBodies = {
  create: z.strictObject({
    displayName: z.string().optional(),
    severity: z.enum(severities).optional(),
    assignedTo: z.string().optional(),
    seed: z.number().int().optional(),
    at: z.string().optional(),
  }),
  update: z.strictObject({
    severity: z.enum(severities).optional(),
    assignedTo: z.string().nullable().optional(),
    customTags: z.array(z.string()).optional(),
    status: z.enum(['active', 'inProgress', 'awaitingAction']).optional(),
    comment: z.string().optional(),
    author: z.string().optional(),
    addAlerts: z.number().int().min(1).max(200).optional(),
    at: z.string().optional(),
    force: z.boolean().optional(),
  }),
  resolve: z.strictObject({
    classification: z.enum(classifications).default('truePositive'),
    determination: z.enum(determinations).default('other'),
    resolvingComment: z.string().optional(),
  }),
  reopen: z.strictObject({}),
  redirect: z.strictObject({ into: z.string(), force: z.boolean().optional() }),
  remove: z.strictObject({}),
};
const rate = z
  .strictObject({
    perMinute: z.number().int().min(1).max(1_000_000).optional(),
    perHour: z.number().int().min(1).max(1_000_000).optional(),
  })
  .nullable();
const settingsBody = z.strictObject({
  graphDelayMs: z.number().min(0).max(600_000).optional(),
  defenderDelayMs: z.number().min(0).max(600_000).optional(),
  endpointDelayMs: z.number().min(0).max(600_000).optional(),
  updatesPerPage: z.number().min(0).max(100).optional(),
  gzip: z.boolean().optional(),
  rates: z
    .strictObject({ graph: rate.optional(), defender: rate.optional(), endpoint: rate.optional() })
    .transform(withoutUndefined)
    .optional(),
  consentDelayMs: z.number().min(0).max(3_600_000).optional(),
  deviceCodeIntervalSeconds: z.number().int().min(1).max(60).optional(),
  determinationNames: z.enum(['update', 'resource']).optional(),
});
const poisonBody = z.union([
  z.strictObject({ heal: z.literal(true), incidentId: z.string().optional() }),
  z.strictObject({
    incidentId: z.string(),
    expandFails: z.boolean().optional(),
    alertsFail: z.boolean().optional(),
    itemFails: z.boolean().optional(),
    raw: z.record(z.string(), z.unknown()).optional(),
    deep: z.number().int().min(1).max(1_000_000).optional(),
  }),
]);
const partialBody = z.strictObject({
  tenantId: z.string(),
  times: z.number().int().min(1).max(100_000).optional(),
  warning: z.string().min(1).max(1_000).optional(),
});
const tokenBody = z.strictObject({
  tenantId: z.string(),
  audience: z.string().optional(),
  roles: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  oid: z.string().optional(),
  scp: z.string().optional(),
  name: z.string().optional(),
  expiresInSeconds: z.number().int().optional(),
  overrides: z.record(z.string(), z.unknown()).optional(),
});
const faultBody = z.strictObject({
  service: z.enum(['graph', 'defender', 'endpoint', 'token', 'vault']),
  tenantId: z.string(),
  status: z.number().int().min(200).max(599),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  times: z.number().int().min(1).max(100_000).optional(),
});

/** Answers one call to the control port: changes the world and tells the truth about it. No token is asked; it serves loopback only. */
export async function answerControl(state: CloudState, request: Request): Promise<Answer> {
  try {
    return jsonAnswer(200, await route(state, request));
  } catch (error) {
    if (error instanceof ControlError) return jsonAnswer(error.status, { message: error.message });
    if (error instanceof ChangeError)
      return jsonAnswer(error.code === 'notFound' ? 404 : 400, { message: error.message });
    throw error;
  }
}

async function route(state: CloudState, request: Request): Promise<unknown> {
  const { segments, query } = pathOf(request);
  const [first, tenantId, collection, incidentId, verb, ...deeper] = segments;
  const path = `/${segments.join('/')}`;
  if (request.method === 'GET') {
    const found = readIdentity(state, segments);
    if (found !== undefined) return found;
    if (path === '/truth') return state.world.truth(truthTenant(state, query));
    if (path === '/tenants') return tenantsOf(state);
    if (path === '/calls') return state.calls.counts();
    if (path === '/rates') return state.rates.counts();
    throw new ControlError(404, `no such path ${path}`);
  }
  if (request.method !== 'POST') throw new ControlError(405, 'only GET and POST');
  // A web page can post to loopback without asking, but not JSON.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new ControlError(415, 'content-type must be application/json');

  const changed = await changeIdentity(state, request, segments);
  if (changed !== undefined) return changed;
  if (deeper.length > 0) throw new ControlError(404, `no such path ${path}`);
  if (path === '/settings') {
    state.behaviour.change(parse(settingsBody, request));
    return state.behaviour.settings;
  }
  if (path === '/tokens') return { access_token: await issueToken(state, parse(tokenBody, request)) };
  if (path === '/faults') {
    const fault = parse(faultBody, request);
    state.behaviour.failNext({ ...fault, tenantId: findTenant(state, fault.tenantId).tenantId });
    return { accepted: true };
  }
  if (path === '/partials') {
    const partial = parse(partialBody, request);
    state.behaviour.partialNext({ ...partial, tenantId: findTenant(state, partial.tenantId).tenantId });
    return { accepted: true };
  }
  if (first !== 'tenants' || tenantId === undefined) throw new ControlError(404, `no such path ${path}`);
  const tenant = findTenant(state, tenantId);
  if (collection === 'condition' && incidentId === undefined) {
    const { condition } = parse(z.strictObject({ condition: z.enum(conditions) }), request);
    state.behaviour.setCondition(tenant.tenantId, condition);
    return { tenantId: tenant.tenantId, condition };
  }
  if (collection === 'poison' && incidentId === undefined) return poison(state, tenant, request);
  if (collection === 'machines' && incidentId !== undefined && verb === undefined) {
    const { actionsEnd } = parse(z.strictObject({ actionsEnd: z.enum(actionEnds) }), request);
    state.machineActions.setEnd(tenant.tenantId, incidentId.toLowerCase(), actionsEnd);
    return { machineId: incidentId, actionsEnd };
  }
  if (collection !== 'incidents') throw new ControlError(404, `no such path ${path}`);
  return state.world.apply(toChange(request, tenant, incidentId, verb));
}

/** Answers all that is poisoned in the tenant then. */
function poison(state: CloudState, tenant: Tenant, request: Request): unknown {
  const { incidentId, ...wanted } = parse(poisonBody, request);
  if ('heal' in wanted) state.behaviour.heal(tenant.tenantId, incidentId);
  else if (incidentId !== undefined) {
    if (!state.world.incidentsOf(tenant).byId.has(incidentId))
      throw new ControlError(404, `no incident ${incidentId} in this tenant`);
    state.behaviour.poison(tenant.tenantId, incidentId, wanted);
  }
  return Object.fromEntries(state.behaviour.poisonsOf(tenant.tenantId) ?? []);
}

function toChange(
  request: Request,
  { tenantId }: Tenant,
  incidentId: string | undefined,
  verb: string | undefined,
): Change {
  if (incidentId === undefined) return { kind: 'create', tenantId, ...parse(changeBodies.create, request) };
  switch (verb) {
    case 'update':
      return { kind: verb, tenantId, incidentId, ...parse(changeBodies.update, request) };
    case 'resolve':
      return { kind: verb, tenantId, incidentId, ...parse(changeBodies.resolve, request) };
    case 'reopen':
      return { kind: verb, tenantId, incidentId, ...parse(changeBodies.reopen, request) };
    case 'redirect':
      return { kind: verb, tenantId, incidentId, ...parse(changeBodies.redirect, request) };
    case 'remove':
      return { kind: verb, tenantId, incidentId, ...parse(changeBodies.remove, request) };
    case undefined:
    default:
      throw new ControlError(
        404,
        `an incident can be update, resolve, reopen, redirect or remove, not ${verb ?? 'nothing'}`,
      );
  }
}

function tenantsOf(state: CloudState): unknown {
  return state.world.tenants.map(({ tenantId, displayName, domain }) => ({
    tenantId,
    displayName,
    domain,
    condition: state.behaviour.conditionOf(tenantId),
  }));
}

function truthTenant(state: CloudState, query: URLSearchParams): string | undefined {
  const tenantId = query.get('tenantId');
  return tenantId === null ? undefined : findTenant(state, tenantId).tenantId;
}
