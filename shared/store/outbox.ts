import type { OutboxEvent } from '../model/outbox';
import type { Row } from '../ports';
import { eventRowKey } from './keys';

/** An event that no one has tried to deliver yet. */
export const toEventRow = (event: OutboxEvent): Row => ({
  partitionKey: event.tenantId,
  rowKey: eventRowKey(event.incidentId, event.connectionId, event.version),
  ...event,
  state: 'pending',
  attempts: 0,
});
