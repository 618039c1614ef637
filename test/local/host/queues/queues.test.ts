import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { startAzurite, type Azurite } from '../support/azurite';
import { createWorkbench, until, type HostProcess, type Workbench } from '../support/workbench';

interface Seen {
  entry: unknown;
  metadata: Record<string, unknown>;
}

let azurite: Azurite;
let bench: Workbench;
let host: HostProcess;
let service: QueueServiceClient;

beforeAll(async () => {
  azurite = await startAzurite();
  service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  bench = createWorkbench();
  host = await bench.start(bench.fixture('queues'), { env: { STORE: azurite.connectionString } });
});
afterAll(async () => {
  await bench.close();
  await azurite.stop();
});

/** The queue once it exists: the host makes those of its triggers. */
async function existing(name: string): Promise<QueueClient> {
  const queue = service.getQueueClient(name);
  return until(async () => ((await queue.exists()) ? queue : undefined));
}

async function send(name: string, value: unknown): Promise<void> {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  await (await existing(name)).sendMessage(Buffer.from(text).toString('base64'));
}

async function report() {
  return (await (await fetch(`${host.url}/api/seen`)).json()) as { seen: Seen[]; mostRunning: number };
}

const seenOf = (id: string, count = 1) =>
  until(async () => {
    const seen = (await report()).seen.filter(({ entry }) => (entry as { id?: string }).id === id);
    return seen.length >= count ? seen : undefined;
  });

/** Takes messages until `count` came, their text decoded. */
async function take(name: string, count: number): Promise<string[]> {
  const queue = await existing(name);
  const texts: string[] = [];
  await until(async () => {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    texts.push(...receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString()));
    return texts.length >= count ? true : undefined;
  });
  return texts.sort();
}

const isEmpty = (name: string) =>
  until(async () =>
    (await service.getQueueClient(name).getProperties()).approximateMessagesCount === 0 ? true : undefined,
  );

it('a message arrives parsed, with its metadata, and is deleted', async () => {
  await send('work', { id: 'one', text: 'é' });
  const [seen] = await seenOf('one');
  expect(seen?.entry).toEqual({ id: 'one', text: 'é' });
  expect(seen?.metadata).toMatchObject({ dequeueCount: 1, queueTrigger: { id: 'one', text: 'é' } });
  expect(Object.keys(seen?.metadata ?? {}).sort()).toEqual([
    'dequeueCount',
    'expirationTime',
    'id',
    'insertionTime',
    'nextVisibleTime',
    'popReceipt',
    'queueTrigger',
  ]);
  expect(Date.parse(String(seen?.metadata.insertionTime))).not.toBeNaN();
  await isEmpty('work');
});

it('a failing message is tried maxDequeueCount times and then lies in the poison queue', async () => {
  await send('work', { id: 'bad', fail: true });
  expect(await take('work-poison', 1)).toEqual(['{"id":"bad","fail":true}']);
  expect((await seenOf('bad', 3)).map(({ metadata }) => metadata.dequeueCount)).toEqual([1, 2, 3]);
  await isEmpty('work');
});

it('a message that is no base64 goes to the poison queue unseen', async () => {
  await (await existing('work')).sendMessage('{not base64}');
  const poison = await existing('work-poison');
  const found = await until(async () => (await poison.receiveMessages()).receivedMessageItems[0]);
  expect(found.messageText).toBe('{not base64}');
});

it('no more than batchSize plus newBatchThreshold run at once', async () => {
  for (let index = 0; index < 20; index++) await send('work', { id: 'many', ms: 30 });
  await seenOf('many', 20);
  const { mostRunning } = await report();
  expect(mostRunning).toBeGreaterThan(1);
  expect(mostRunning).toBeLessThanOrEqual(6);
  await isEmpty('work');
});

it('a return value goes to its output queue, which is made when missing', async () => {
  await send('relay-in', 'plain text');
  await send('relay-in', { n: 1 });
  expect(await take('relay-out', 2)).toEqual(['plain text', '{"n":1}']);
});

it('an array in an output is one message an item', async () => {
  const response = await fetch(`${host.url}/api/send`, { method: 'POST', body: JSON.stringify([{ a: 1 }, 'two']) });
  expect(response.status).toBe(202);
  expect(await take('more', 2)).toEqual(['two', '{"a":1}']);
});

it('POST /admin/functions/{name} runs a queue function with the input as message', async () => {
  const body = JSON.stringify({ input: '{"id":"by hand"}' });
  expect((await fetch(`${host.url}/admin/functions/work`, { method: 'POST', body })).status).toBe(202);
  await seenOf('by hand');
});

it('a message in hand when the host stops is finished and deleted', async () => {
  await send('work', { id: 'last', ms: 400 });
  await seenOf('last');
  expect(await host.end('SIGTERM')).toBe(0);
  await isEmpty('work');
});
