import '../../shared/http/quietTestMode';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest, HttpResponse, InvocationContext } from '@azure/functions';
import { syncTenantNow } from '../../../functions/sync/http';
import { toClientBinding } from '../../../local/host/durable/clientBinding';
import { httpHandler } from '../../../shared/http/route';
import { readTenantRun, writeTenantRun } from '../../../shared/store/tenantRuns';
import type { HttpWorld } from '../../shared/http/httpWorld';
import { startHttpWorld } from '../../shared/http/httpWorld';
import { tenantIdOf } from '../../support/plainTenant';

let world: HttpWorld;
let extension: Server;
let origin: string;
let starts: { readonly path: string; readonly input: unknown }[];
let answers: number[];
const before = { ...process.env };

/** The Durable extension's own HTTP side, as far as starting goes. */
const startExtension = async (): Promise<void> => {
  extension = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      starts.push({ path: `${request.method ?? ''} ${request.url ?? ''}`, input: JSON.parse(body) });
      response.writeHead(answers.shift() ?? 202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: request.url?.split('/').at(-1) }));
    });
  }).listen(0, '127.0.0.1');
  await once(extension, 'listening');
  origin = `http://127.0.0.1:${(extension.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  [world] = await Promise.all([startHttpWorld(), startExtension()]);
  const { storage, home } = world.services.config;
  // The handler starts its run over the app's own services, which read the environment at first use.
  Object.assign(process.env, {
    RELAY_STORAGE: storage.kind === 'connectionString' ? storage.connectionString : '',
    TASK_HUB_NAME: 'RelayTest',
    KEY_VAULT_URL: 'https://vault.example',
    RELAY_TENANT_ID: home.tenantId,
    RELAY_CLIENT_ID: home.clientId,
  });
});
afterAll(async () => {
  process.env = before;
  extension.closeAllConnections();
  extension.close();
  await world.stop();
});
beforeEach(() => {
  starts = [];
  answers = [];
});

const sync = async (tenantId: string, roles = ['Relay.Analyst']) => {
  const [clientInput] = syncTenantNow.extraInputs ?? [];
  const context = new InvocationContext({
    functionName: syncTenantNow.name,
    logHandler: () => undefined,
    options: { extraInputs: [clientInput!] },
  });
  const binding = toClientBinding({ origin, hubName: 'RelayTest', code: 'secret-code' });
  context.extraInputs.set(clientInput!, JSON.parse(binding));
  const request = new HttpRequest({
    method: 'POST',
    url: `http://127.0.0.1/api/tenants/${tenantId}/sync`,
    params: { tenantId },
    headers: { authorization: `Bearer ${await world.issuer.sign({ roles })}` },
  });
  const answer = await httpHandler(() => Promise.resolve(world.services), syncTenantNow)(request, context);
  const response = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as { runId: string; state: string; code?: string } };
};
let last = 0;
const freshTenant = async (): Promise<string> => {
  const tenantId = tenantIdOf((last += 1));
  await world.putTenant({ tenantId });
  return tenantId;
};

test('a requested run is entered, started under an id of its own, and told with 202', async () => {
  const tenantId = await freshTenant();
  const { status, body } = await sync(tenantId);
  expect(status).toBe(202);
  expect(Object.keys(body).sort()).toEqual(['runId', 'state']);
  expect(body.state).toBe('queued');
  expect(body.runId).toMatch(/^\d{13}-[0-9a-f]{12}$/);
  expect(starts).toEqual([
    {
      path: `POST /durabletask/orchestrators/syncOne/sync-${tenantId}-${body.runId}`,
      input: { tenantId, runId: body.runId },
    },
  ]);
  expect(await readTenantRun(tenantId, world.services.storage.incidents, body.runId)).toMatchObject({
    state: 'queued',
  });
});

test('a second request while the first is under way tells that run and starts nothing', async () => {
  const tenantId = await freshTenant();
  const { body: first } = await sync(tenantId);
  const run = (await readTenantRun(tenantId, world.services.storage.incidents, first.runId))!;
  await writeTenantRun(world.services.storage.incidents, { ...run, state: 'running' });
  const second = await sync(tenantId);
  expect(second).toMatchObject({ status: 202, body: { runId: first.runId, state: 'running' } });
  expect(starts).toHaveLength(1);
});

test('a start that fails is tried again', async () => {
  const tenantId = await freshTenant();
  answers = [500, 500];
  expect((await sync(tenantId)).status).toBe(202);
  expect(new Set(starts.map(({ path }) => path)).size).toBe(1);
  expect(starts).toHaveLength(3);
});

test('a run that cannot be started is 503, and the next request starts it', async () => {
  const tenantId = await freshTenant();
  answers = [500, 500, 500];
  expect(await sync(tenantId)).toMatchObject({ status: 503, body: { code: 'ERR_UPSTREAM' } });
  expect((await sync(tenantId)).status).toBe(202);
  expect(starts).toHaveLength(4);
  expect(new Set(starts.map(({ path }) => path)).size).toBe(1);
});

test('a queued run that is under way is not started twice: its id is taken', async () => {
  const tenantId = await freshTenant();
  const { body: first } = await sync(tenantId);
  answers = [409];
  expect(await sync(tenantId)).toMatchObject({ status: 202, body: { runId: first.runId, state: 'queued' } });
});

test('a Reader may not ask for a run, and nothing is entered', async () => {
  const tenantId = await freshTenant();
  expect(await sync(tenantId, ['Relay.Reader'])).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
  expect(await world.services.storage.incidents.get(tenantId, 'request')).toBeUndefined();
  expect(starts).toEqual([]);
});

test('a tenant nobody registered is 404', async () => {
  expect(await sync(tenantIdOf(4_711))).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
  expect(starts).toEqual([]);
});

test('no answer names the extension’s own addresses or its key', async () => {
  const { text } = await sync(await freshTenant());
  expect(text).not.toMatch(/durabletask|secret-code|127\.0\.0\.1/);
});
