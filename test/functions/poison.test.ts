import '../shared/http/quietTestMode';
import { QueueClient } from '@azure/storage-queue';
import { app, InvocationContext } from '@azure/functions';
import type * as DeliverPoison from '../../functions/deliver/poison';
import type * as ReceivePoison from '../../functions/receive/poison';
import { inbox } from '../../shared/store/inbox';
import type { AzuriteStorage } from '../support/azuriteStorage';
import { startStorage } from '../support/azuriteStorage';

let storage: AzuriteStorage;
const before = { ...process.env };
beforeAll(async () => {
  storage = await startStorage();
  Object.assign(process.env, {
    AzureWebJobsStorage: storage.azurite.connectionString,
    TASK_HUB_NAME: 'RelayTest',
    KEY_VAULT_URL: 'https://vault.invalid/',
    RELAY_TENANT_ID: 'aaaaaaaa-0000-4000-8000-000000000001',
    RELAY_CLIENT_ID: 'bbbbbbbb-0000-4000-8000-000000000002',
  });
});
afterAll(async () => {
  process.env = before;
  await storage.stop();
});

type Handler = (message: unknown, context: InvocationContext) => Promise<void>;

const load = (queue: string): { readonly handler: Handler; readonly registered: unknown[][] } => {
  const spy = jest.spyOn(app, 'storageQueue');
  try {
    const handler =
      queue === 'deliver'
        ? jest.requireActual<typeof DeliverPoison>('../../functions/deliver/poison').redeliverPoisonQueue
        : jest.requireActual<typeof ReceivePoison>('../../functions/receive/poison').retakePoisonQueue;
    return { handler, registered: [...spy.mock.calls] };
  } finally {
    spy.mockRestore();
  }
};

const tenantId = '11111111-1111-4111-8111-111111111111';

const received = async (content = 'content') => {
  const entry = { scope: tenantId, connectionId: 'desk', blob: 'x', isWeak: false, deliveryId: null };
  const receivedAt = '2026-11-20T08:00:00.000Z';
  const { inboxKey } = await inbox(storage.inbox).add('hook', [content], { ...entry, receivedAt });
  return { scope: tenantId, connectionId: 'desk', inboxKey };
};

test.each([
  ['deliver', { tenantId, targetId: 'desk', incidentIds: ['7'] }],
  ['inbox', received],
])(
  'what failed five times in the %s queue goes there again later, once; what nobody understands is told and dropped',
  async (name, given) => {
    const message = typeof given === 'function' ? await given() : given;
    const { handler, registered } = load(name);
    expect(registered).toEqual([
      [expect.any(String), expect.objectContaining({ queueName: `${name}-poison`, connection: 'AzureWebJobsStorage' })],
    ]);
    const lines: string[] = [];
    const context = new InvocationContext({ logHandler: (level, text) => void lines.push(`${level} ${String(text)}`) });
    const queue = new QueueClient(storage.azurite.connectionString, name);
    const held = async () => (await queue.getProperties()).approximateMessagesCount;
    for (const garbled of ['text', { inboxKey: 1 }, null]) await handler(garbled, context);
    expect(await held()).toBe(0);
    await handler(message, context);
    expect(await held()).toBe(1);
    // Not at once: what it failed of may last.
    expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
    const told = `error A message of the ${name} queue failed five times`;
    expect(lines).toEqual([false, false, false, true].map((understood) => `${told} {"understood":${understood}}`));
  },
);

test('of copies of a hint that failed five times one goes to the inbox queue again', async () => {
  const { handler } = load('inbox');
  const message = await received('copied');
  const queue = new QueueClient(storage.azurite.connectionString, 'inbox');
  await queue.clearMessages();
  const turn = await inbox(storage.inbox).wait(message.inboxKey, 0, '2026-11-20T08:00:00.000Z');
  const context = new InvocationContext({ logHandler: () => undefined });
  expect(turn).toBe(1);
  for (const hint of [message, { ...message, turn }, { ...message, turn }, message]) await handler(hint, context);
  expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
});
