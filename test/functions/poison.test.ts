import '../shared/http/quietTestMode';
import { QueueClient } from '@azure/storage-queue';
import { app, InvocationContext } from '@azure/functions';
import type * as DeliverPoison from '../../functions/deliver/poison';
import type * as ReceivePoison from '../../functions/receive/poison';
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

test.each([
  ['deliver', { tenantId, targetId: 'desk', incidentIds: ['7'] }],
  ['inbox', { scope: tenantId, connectionId: 'desk', inboxKey: `${'0'.repeat(64)}_${'1'.repeat(64)}` }],
])(
  'what failed five times in the %s queue goes there again later, once; what nobody understands is told and dropped',
  async (name, message) => {
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
