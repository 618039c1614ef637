// Runs in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Prints one line of JSON.
import { endpointsIn, loadConfig } from '../../../dist/shared/config.js';
import { endpointAccess } from '../../../dist/shared/endpoint/endpointAccess.js';
import { isolateMachine } from '../../../dist/shared/endpoint/isolation.js';
import { listMachineActions } from '../../../dist/shared/endpoint/machineActions.js';
import { getMachine, listMachines } from '../../../dist/shared/endpoint/machines.js';
import { hunterFor } from '../../../dist/shared/hunting/hunterFor.js';
import { openIdentity } from '../../../dist/shared/identity/openIdentity.js';
import { undiciSend } from '../../../dist/shared/send.js';

const { tenantIds, query } = JSON.parse(process.env.ASKED);
const config = loadConfig(process.env);
const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
const send = undiciSend();
const { tokens } = openIdentity(config, clock, send);
const permits = { take: () => Promise.resolve() };
const tenantOf = (tenantId) => ({ tenantId, cloud: 'public' });
const deps = { endpoints: endpointsIn(config, 'public'), send, tokens, clock };
const failure = (promise) =>
  promise.then(
    () => undefined,
    ({ code, reason }) => ({ code, reason }),
  );

const [mine, refused] = tenantIds.map(tenantOf);
const access = endpointAccess(deps, mine, permits);
const { items } = await listMachines(access);
const hunts = {};
// Before the date on which the older two stop, whatever the date is here.
const then = { ...clock, now: () => Date.parse('2026-11-20T12:00:00Z') };
for (const api of ['graph', 'defender', 'mde'])
  hunts[api] = await hunterFor({ ...deps, clock: then }, mine, permits, api).hunt(query);
const results = {
  machines: items.length,
  one: await getMachine(access, items[0].computerDnsName),
  actions: (await listMachineActions(access)).items.length,
  isolation: await failure(isolateMachine(access, { machineId: items[0].id, comment: 'drill' })),
  hunts,
  refused: await failure(listMachines(endpointAccess(deps, refused, permits))),
};
process.stdout.write(JSON.stringify(results));
