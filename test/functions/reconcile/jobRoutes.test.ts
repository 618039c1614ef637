import '../../shared/http/quietTestMode';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest, HttpResponse, InvocationContext } from '@azure/functions';
import { tenantRun } from '../../../functions/api/tenants';
import { backfillTenant } from '../../../functions/backfill/http';
import { reconcileTenant } from '../../../functions/reconcile/http';
import { toClientBinding } from '../../../local/host/durable/clientBinding';
import type { Route } from '../../../shared/http/route';
import { httpHandler } from '../../../shared/http/route';
import { openJobs } from '../../../shared/store/openJobs';
import { readJob } from '../../../shared/store/jobs';
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
  // The handlers enter their jobs over the app's own services, which read the environment at first use.
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

const ask = async (route: Route, tenantId: string, body: unknown, roles = ['Relay.Admin']) => {
  const [clientInput] = route.extraInputs ?? [];
  const context = new InvocationContext({
    functionName: route.name,
    logHandler: () => undefined,
    options: { extraInputs: [clientInput!] },
  });
  const binding = toClientBinding({ origin, hubName: 'RelayTest', code: 'secret-code' });
  context.extraInputs.set(clientInput!, JSON.parse(binding));
  const request = new HttpRequest({
    method: 'POST',
    url: `http://127.0.0.1/api/tenants/${tenantId}/${route.name}`,
    params: { tenantId },
    headers: {
      authorization: `Bearer ${await world.issuer.sign({ roles })}`,
      'content-type': 'application/json',
    },
    body: { string: JSON.stringify(body) },
  });
  const answer = await httpHandler(() => Promise.resolve(world.services), route)(request, context);
  const response = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
  const text = await response.text();
  const json = JSON.parse(text) as {
    runId: string;
    state: string;
    code?: string;
    errors?: { field: string }[];
  };
  return { status: response.status, text, body: json, fields: json.errors?.map(({ field }) => field) };
};

let last = 0;
const freshTenant = async (): Promise<string> => {
  const tenantId = tenantIdOf((last += 1));
  await world.putTenant({ tenantId });
  return tenantId;
};
const march = { from: '2026-03-01T00:00:00Z', to: '2026-03-31T23:59:59.1234567Z' };
const cases = [
  { name: 'backfill', route: backfillTenant, orchestrator: 'backfill', id: 'backfill', body: march },
  {
    name: 'reconcile',
    route: reconcileTenant,
    orchestrator: 'reconcileOne',
    id: 'reconcile',
    body: { ...march, by: 'created' },
  },
] as const;

describe.each(cases)('a $name', ({ name, route, orchestrator, id, body }) => {
  test('is entered, started under an id of its own, told with 202, and shown with its progress', async () => {
    const tenantId = await freshTenant();
    const reply = await ask(route, tenantId, body);
    expect(reply.status).toBe(202);
    expect(reply.body).toEqual({ runId: expect.stringMatching(/^\d{13}-[0-9a-f]{12}$/) as string, state: 'queued' });
    const { runId } = reply.body;
    expect(starts).toEqual([
      {
        path: `POST /durabletask/orchestrators/${orchestrator}/${id}-${tenantId}-${runId}`,
        input: { tenantId, runId },
      },
    ]);
    const shown = await world.ask(tenantRun, 'GET', { params: { tenantId, runId } });
    const range = { from: '2026-03-01T00:00:00.0000000Z', to: '2026-03-31T23:59:59.1234567Z' };
    expect(shown.json).toMatchObject({
      state: 'queued',
      progress: { ...range, by: 'by' in body ? body.by : 'updated', remaining: [range], percent: 0 },
    });
    const { incidents, index } = world.services.storage;
    expect(await readJob(tenantId, incidents, runId)).toMatchObject({ kind: name, ...range });
    expect(await openJobs(index).first(100)).toContainEqual({ tenantId, runId, kind: name });
  });

  test('while one is under way is that one, started again in case it was lost', async () => {
    const tenantId = await freshTenant();
    const first = await ask(route, tenantId, body);
    answers = [409];
    const second = await ask(route, tenantId, { ...body, from: '2026-02-01T00:00:00Z' });
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(new Set(starts.map(({ path }) => path)).size).toBe(1);
  });

  test('that cannot be started is 503, and stays entered for the sweep', async () => {
    const tenantId = await freshTenant();
    answers = [500, 500, 500];
    expect(await ask(route, tenantId, body)).toMatchObject({ status: 503, body: { code: 'ERR_UPSTREAM' } });
    const open = await openJobs(world.services.storage.index).first(100);
    expect(open.filter((job) => job.tenantId === tenantId)).toHaveLength(1);
  });

  test.each([
    [{ from: '2026-03-31T00:00:00Z', to: '2026-03-01T00:00:00Z' }, ['from']],
    [{ from: '2026-03-01T00:00:00Z', to: '2026-03-01T00:00:00Z' }, ['from']],
    [{ to: '2999-01-01T00:00:00Z' }, ['to']],
    [{ from: '2998-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' }, ['from', 'to']],
    [{ from: 'March' }, ['from']],
    [{ from: '2026-02-30T00:00:00Z' }, ['from']],
    [{ from: undefined, to: undefined }, ['from', 'to']],
    [{ from: '1999-01-01T00:00:00Z', to: '1999-12-31T00:00:00Z' }, ['to']],
    [{ since: '2026-03-01T00:00:00Z' }, ['since']],
  ])('refuses %j by its fields', async (change: Record<string, unknown>, fields) => {
    const reply = await ask(route, await freshTenant(), { ...body, ...change });
    expect([reply.status, reply.fields]).toEqual([400, fields]);
    expect(starts).toEqual([]);
  });

  test('is for admins only, and nothing is entered for others', async () => {
    const tenantId = await freshTenant();
    expect(await ask(route, tenantId, body, ['Relay.Analyst'])).toMatchObject({ status: 403 });
    expect(await world.services.storage.incidents.get(tenantId, `request_${name}`)).toBeUndefined();
  });

  test('of a tenant nobody registered is 404', async () => {
    expect(await ask(route, tenantIdOf(4_711), body)).toMatchObject({ status: 404 });
  });

  test('never tells the extension’s own addresses or its key', async () => {
    const { text } = await ask(route, await freshTenant(), body);
    expect(text).not.toMatch(/durabletask|secret-code|127\.0\.0\.1/);
  });
});

test('a reconcile has to say which time it means', async () => {
  const tenantId = await freshTenant();
  expect((await ask(reconcileTenant, tenantId, march)).fields).toEqual(['by']);
  expect((await ask(reconcileTenant, tenantId, { ...march, by: 'seen' })).fields).toEqual(['by']);
});
