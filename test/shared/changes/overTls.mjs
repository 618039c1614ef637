// Runs in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Prints one line of JSON.
import { changeByPerson, commentByPerson } from '../../../dist/shared/changes/changeByPerson.js';
import { createWriting } from '../../../dist/shared/changes/createWriting.js';
import { openWriter } from '../../../dist/shared/changes/openWriter.js';
import { loadConfig } from '../../../dist/shared/config.js';
import { openIdentity } from '../../../dist/shared/identity/openIdentity.js';
import { undiciSend } from '../../../dist/shared/send.js';
import { createHeardWaits } from '../../../dist/shared/sync/limits/heardWaits.js';
import { memoryTable } from '../../../dist/test/support/memoryTable.js';

const { tenants, persons } = JSON.parse(process.env.ASKED);
const config = loadConfig(process.env);
const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
const send = undiciSend();
const { tokens, userTokens } = openIdentity(config, clock, send);
const incidents = memoryTable();
const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const waits = createHeardWaits(clock);
const writing = createWriting({ config, incidents, send, tokens, clock, pause, waits });
let drawn = 0;
const deps = {
  ...writing,
  userTokens,
  due: { add: () => Promise.resolve() },
  randomId: () => String((drawn += 1)).padStart(24, '0'),
  log: { warn: () => undefined },
};
const failure = (promise) =>
  promise.then(
    () => undefined,
    ({ code, reason }) => ({ code, reason }),
  );

const results = { asApp: [], inName: [], refused: undefined };
const change = { status: 'resolved', classification: 'falsePositive', determination: 'notMalicious' };
for (const { tenant, incidentId } of tenants) {
  const writer = await openWriter(deps, tenant);
  const after = await writer.update(incidentId, { ...change, assignedTo: 'ana@example.com' });
  await writer.comment(incidentId, 'as the app');
  const live = await writer.get(incidentId);
  results.asApp.push({ header: after.header, comments: live.body.comments.map(({ comment }) => comment) });
}
for (const { tenant, incidentId, name, assertion } of persons) {
  const person = { kind: 'user', objectId: 'o', name, tenantId: tenant.tenantId, assertion: () => assertion };
  const asked = { tenant, incidentId, person };
  const after = await changeByPerson(deps, { ...asked, change });
  const said = await commentByPerson(deps, { ...asked, comment: 'in my name' });
  results.inName.push({ header: after.header, as: said.as });
}
const { tenant, incidentId } = JSON.parse(process.env.REFUSED);
results.refused = await failure(openWriter(deps, tenant).then((writer) => writer.update(incidentId, change)));
results.access = incidents
  .rows()
  .filter(({ rowKey }) => rowKey === 'access_writer')
  .map(({ partitionKey, state, reason, cure, link }) => ({ tenantId: partitionKey, state, reason, cure, link }));
process.stdout.write(JSON.stringify(results));
