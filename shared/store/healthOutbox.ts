import type { Connection } from '../model/connection';
import type { Table } from '../ports';
import { text } from './columns';
import { deleteRows } from './deleteRows';
import { escapeKey } from './keys';

/** What was told of a subject last. */
export interface Told {
  readonly state: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** A health event that waits for one connection. */
export interface HealthEvent extends Pick<Connection, 'scope' | 'connectionId'> {
  readonly eventId: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** A CloudEvent as JSON. */
  readonly body: string;
}

/** What of health was told, and what waits to be; few rows, all read at once. */
export interface HealthOutbox {
  told(): Promise<ReadonlyMap<string, Told>>;
  setTold(subject: string, told: Told): Promise<void>;
  add(event: HealthEvent): Promise<void>;
  /** Of each connection the oldest first. */
  waiting(): Promise<readonly HealthEvent[]>;
  done(event: HealthEvent): Promise<void>;
  /** What waits for the tenant's own connections, and what was told of it: one that comes again begins anew. */
  forgetTenant(tenantId: string): Promise<void>;
  /** The partition of the registry at which the next look goes on. */
  place(): Promise<string>;
  setPlace(partition: string): Promise<void>;
}

const toldPartition = 'health_told';
const waitingPartition = 'health_waiting';
const placeKey = { partitionKey: 'health_place', rowKey: 'next' } as const;

const rowKeyOf = ({ scope, connectionId, at, eventId }: HealthEvent): string =>
  `${escapeKey(scope)}_${escapeKey(connectionId)}_${Date.parse(at).toString().padStart(16, '0')}_${escapeKey(eventId)}`;

export const healthOutbox = (index: Table): HealthOutbox => ({
  told: async () => {
    const told = new Map<string, Told>();
    for await (const page of index.pages({ partition: toldPartition }))
      for (const { row } of page)
        told.set(text(row, 'subject') ?? '', { state: text(row, 'state') ?? '', at: text(row, 'at') ?? '' });
    return told;
  },
  setTold: async (subject, { state, at }) => {
    const row = { partitionKey: toldPartition, rowKey: escapeKey(subject).slice(0, 500), subject, state, at };
    await index.write({ kind: 'upsert', row });
  },
  add: async (event) => {
    await index.write({
      kind: 'upsert',
      row: { partitionKey: waitingPartition, rowKey: rowKeyOf(event), ...event },
    });
  },
  waiting: async () => {
    const events: HealthEvent[] = [];
    for await (const page of index.pages({ partition: waitingPartition }))
      for (const { row } of page)
        events.push({
          scope: text(row, 'scope') ?? '',
          connectionId: text(row, 'connectionId') ?? '',
          eventId: text(row, 'eventId') ?? '',
          at: text(row, 'at') ?? '',
          body: text(row, 'body') ?? '',
        });
    return events;
  },
  done: async (event) => {
    await index.write({ kind: 'delete', partitionKey: waitingPartition, rowKey: rowKeyOf(event) });
  },
  forgetTenant: async (tenantId) => {
    const prefix = escapeKey(tenantId);
    const waiting = { partition: waitingPartition, rowFrom: `${prefix}_`, rowBefore: `${prefix}\`` };
    for await (const page of index.pages({ ...waiting, select: ['scope'] })) await deleteRows(index, page);
    for await (const page of index.pages({ partition: toldPartition, select: ['subject'] }))
      await deleteRows(
        index,
        page.filter(({ row }) => text(row, 'subject')?.split('/')[1] === tenantId),
      );
  },
  place: async () => {
    const found = await index.get(placeKey.partitionKey, placeKey.rowKey);
    return (found && text(found.row, 'next')) ?? '000';
  },
  setPlace: async (next) => {
    await index.write({ kind: 'upsert', row: { ...placeKey, next } });
  },
});
