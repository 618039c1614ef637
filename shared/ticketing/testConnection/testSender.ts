import type { EventSender } from '../connector';
import type { TestStep } from './testStep';
import { failedBy, held } from './testStep';

/** One signed event of the relay's own health, of a type every receiver has to know: nobody makes a ticket of it. @param now ISO 8601 UTC */
export const testSender = async (
  sender: EventSender,
  { id, now }: { readonly id: string; readonly now: string },
): Promise<TestStep> => {
  const event = {
    specversion: '1.0',
    id,
    source: '/relay',
    type: 'xdr-relay.relay.health',
    time: now,
    datacontenttype: 'application/json',
    data: { test: true, state: 'ok', reasons: ['An administrator of xdr-relay tests this connection.'] },
  };
  try {
    const { status } = await sender.send({ id, body: JSON.stringify(event) });
    return held('send', `answered ${status}`);
  } catch (error) {
    return failedBy('send', error);
  }
};
