import { randomBytes } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { Webhook } from 'standardwebhooks';
import type { Relay, RelayHost } from '../support/relay';
import { startRelay } from '../support/relay';

jest.setTimeout(180_000);

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const [inbound, outbound] = [secret(), secret()];

let relay: Relay;
beforeAll(async () => {
  relay = await startRelay({ seed: 7, tenants: 1, incidentsPerTenant: 3 });
});
afterAll(() => relay.stop());

const publicUrl = { RELAY_PUBLIC_URL: 'http://127.0.0.1:7071' };

const signed = (id: string, body: string, at = new Date()) => ({
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(inbound).sign(id, at, body),
  },
  body,
});

/** Deliveries that are in, read past the product: a repetition signed anew leaves a row too, but nothing to do and no body. */
const taken = async (): Promise<number> => {
  const table = TableClient.fromConnectionString(relay.azurite.connectionString, 'inbox', {
    allowInsecureConnection: true,
  });
  let rows = 0;
  const entities = table.listEntities({ queryOptions: { filter: "RowKey ge 'b_' and RowKey lt 'b`'" } });
  for await (const page of entities.byPage()) rows += page.filter((row) => 'blob' in row).length;
  return rows;
};

test('over the wire: byte for byte, the first within 3 s of a cold start, and a replay after SIGKILL has no second effect', async () => {
  const first = await relay.startHost({ env: publicUrl });
  await relay.register(first);
  const [tenant] = relay.cloud.world.tenants;
  const path = `tenants/${tenant?.tenantId ?? ''}/connections/siem`;
  const put = await first.call('PUT', path, {
    tool: 'webhook',
    url: 'http://127.0.0.1:9/',
    outbound: { secret: outbound },
    inbound: { scheme: 'standard', secret: inbound },
  });
  expect([put.status, put.body]).toMatchObject([
    201,
    { webhookUrl: expect.stringContaining('/api/webhooks/') as string },
  ]);
  const hookPath = new URL((put.body as { webhookUrl: string }).webhookUrl).pathname;
  const body = JSON.stringify({
    ...{ type: 'ticket.commented', ticketId: 'nobody-knows', author: 'anna', version: 1 },
    occurredAt: new Date().toISOString(),
    comment: 'Grüße 👋 \u0000 \ud800',
  });
  await first.kill('SIGKILL');

  const post = async (host: RelayHost, request: RequestInit): Promise<number> => {
    const answer = await fetch(`${host.url}${hookPath}`, request);
    await answer.arrayBuffer();
    return answer.status;
  };
  const cold = await relay.startHost({ env: publicUrl });
  const sent = signed('delivery-1', body);
  const startedMs = performance.now();
  expect(await post(cold, sent)).toBe(202);
  const coldMs = performance.now() - startedMs;
  expect(coldMs).toBeLessThan(3_000);
  expect(await taken()).toBe(1);
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => post(cold, sent)));
  expect(new Set(outcomes)).toEqual(new Set([202]));
  expect(await post(cold, { ...sent, body: `${body} ` })).toBe(401);
  expect(await post(cold, { ...sent, headers: {} })).toBe(401);
  await cold.kill('SIGKILL');

  const again = await relay.startHost({ env: publicUrl });
  expect(await post(again, sent)).toBe(202);
  expect(await post(again, signed('delivery-1', body))).toBe(202);
  expect(await taken()).toBe(1);
  expect(await post(again, signed('delivery-2', body.replace('"version":1', '"version":2')))).toBe(202);
  expect(await taken()).toBe(2);
  console.log(`receiver: first webhook of a cold process answered in ${Math.round(coldMs)} ms`);
  for (const canary of ['nobody-knows', 'Grüße', inbound, hookPath]) expect(again.log()).not.toContain(canary);
});
