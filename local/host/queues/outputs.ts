import type { AppFunction } from '../appFunction';
import type { QueueOptions } from '../hostJson';
import type { InvocationResponse, TypedData } from '../rpc';
import { encodeMessage } from './messageText';
import { sendCreating, type QueueClients } from './storageQueue';

/** Sends what a function put into its queue out bindings, the return value's included: an array is one message an item. */
export async function deliverToQueues(
  target: AppFunction,
  response: InvocationResponse,
  clients: QueueClients,
  { messageEncoding }: QueueOptions,
): Promise<void> {
  for (const binding of target.outputs) {
    if (binding.type !== 'queue') continue;
    const data =
      binding.name === '$return'
        ? response.returnValue
        : response.outputData?.find(({ name }) => name === binding.name)?.data;
    const queue = clients.of(binding);
    for (const text of toMessages(data)) await sendCreating(queue, encodeMessage(text, messageEncoding));
  }
}

function toMessages(data: TypedData | null | undefined): string[] {
  if (!data) return [];
  if (data.bytes) return [Buffer.from(data.bytes).toString('utf8')];
  const text = data.string ?? data.json ?? String(data.int ?? data.double ?? '');
  if (data.json === undefined || data.json === null) return [text];
  const value: unknown = JSON.parse(data.json);
  return Array.isArray(value)
    ? value.map((item: unknown) => (typeof item === 'string' ? item : JSON.stringify(item)))
    : [text];
}
