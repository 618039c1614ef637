import { z } from 'zod';
import { ContractError } from '../errors';
import type { FoundLink, Link } from '../model/link';
import { mustBeTime7, toTicks } from '../model/time7';
import type { Row, StoredRow, Table } from '../ports';
import { present, text } from './columns';
import { escapeKey, unescapeKey } from './keys';

/** One tenant's links: a store is made for one tenant and cannot name another's partition. */
export interface LinkStore {
  get(targetId: string, incidentId: string): Promise<FoundLink | undefined>;
  /** In all connections that ever carried the incident; costs two reads a connection. */
  ofIncident(incidentId: string): Promise<readonly FoundLink[]>;
  /**
   * Writes the link with `by` as its holder, over the row as it was read (`etag`; undefined: there was none). Whether another holds it is
   * the caller's question (`isHeld`). @returns the new etag @throws ConflictError where another was faster
   */
  claim(link: Link, etag: string | undefined, by: string): Promise<string>;
}

/** Longer than any delivery may take; by then its holder is gone. */
export const claimMs = 120_000;

/** True where another attempt holds the lane: judged by the storage's own times alone. */
export const isHeld = ({ claimedBy, writtenAt, readAt }: FoundLink): boolean =>
  claimedBy !== null && (readAt === undefined || toTicks(readAt) - toTicks(writtenAt) < BigInt(claimMs) * 10_000n);

export const linkRowKey = (targetId: string, incidentId: string): string =>
  `l_${escapeKey(targetId)}_${escapeKey(incidentId)}`;

export const linkStore = (tenantId: string, table: Table): LinkStore => ({
  get: async (targetId, incidentId) => {
    const found = await table.get(tenantId, linkRowKey(targetId, incidentId));
    return found && toFoundLink(found);
  },
  ofIncident: async (incidentId) => {
    const targets = await linkedTargets(tenantId, table);
    const found = await Promise.all(targets.map((targetId) => table.get(tenantId, linkRowKey(targetId, incidentId))));
    return found.flatMap((row) => (row === undefined ? [] : [toFoundLink(row)]));
  },
  claim: (link, etag, by) => {
    const row = toLinkRow(link, by);
    return table.write(etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag });
  },
});

/**
 * By which connections (`targetIdOf` each) the tenant's incidents were ever carried. Leaps from one to the next: the first row of each tells its
 * name, whatever stands behind it.
 */
export const linkedTargets = async (tenantId: string, table: Table): Promise<readonly string[]> => {
  const targets: string[] = [];
  for (let rowFrom = 'l_'; ;) {
    const first = await firstRow(table, { partition: tenantId, rowFrom, rowBefore: 'l`', select: ['targetId'] });
    if (first === undefined) return targets;
    const escaped = first.row.rowKey.slice('l_'.length).split('_')[0] ?? '';
    targets.push(unescapeKey(escaped));
    rowFrom = `l_${escaped}\``;
  }
};

const firstRow = async (table: Table, query: Parameters<Table['pages']>[0]): Promise<StoredRow | undefined> => {
  for await (const [first] of table.pages({ ...query, pageSize: 1 })) if (first !== undefined) return first;
  return undefined;
};

/** What a link's row says of its tickets; where it cannot be read, none are known. */
export const ticketIdsIn = (row: Row): readonly string[] => {
  try {
    return (parsed(row, 'tickets', tickets) ?? []).map(({ ticketId }) => ticketId);
  } catch {
    return [];
  }
};

/** `claimedBy` null: the lane is free. */
export const toLinkRow = (link: Link, claimedBy: string | null): Row => ({
  partitionKey: link.tenantId,
  rowKey: linkRowKey(link.targetId, link.incidentId),
  targetId: link.targetId,
  incidentId: link.incidentId,
  ...present({ version: link.version, told: link.told, storm: link.storm, claimedBy }),
  tickets: JSON.stringify(link.tickets),
  base: JSON.stringify(link.base),
  setAt: JSON.stringify(link.setAt),
  ledger: JSON.stringify(link.ledger),
  comments: JSON.stringify(link.comments),
  applied: JSON.stringify(link.applied),
  ...(link.suspended === null ? {} : { suspended: JSON.stringify(link.suspended) }),
  ...(link.intent === null ? {} : { intent: JSON.stringify(link.intent) }),
  ...(link.heardAt === undefined ? {} : { heardAt: link.heardAt }),
  ...(link.seen === undefined ? {} : { seen: link.seen }),
  ...(link.said === undefined ? {} : { said: JSON.stringify(link.said) }),
  ...(Object.keys(link.unsure ?? {}).length === 0 ? {} : { unsure: JSON.stringify(link.unsure) }),
});

export const toFoundLink = ({ row, etag, writtenAt, readAt }: StoredRow): FoundLink => ({
  link: fromLinkRow(row),
  etag,
  claimedBy: text(row, 'claimedBy'),
  writtenAt,
  readAt,
});

const instant = z.string();
const tickets = z.array(
  z.object({
    ticketId: z.string(),
    number: z.string(),
    url: z.string().nullable(),
    generation: z.number(),
    state: z.enum(['open', 'closed', 'absorbed', 'deleted']),
    createdAt: instant,
    version: z.string().nullable(),
  }),
);
const values = z.record(z.string(), z.string().nullable());
const ledger = z.array(
  z.object({
    writeId: z.string(),
    side: z.enum(['defender', 'ticket']),
    field: z.enum(['status', 'classification', 'determination', 'assignedTo', 'comment']),
    value: z.string().nullable(),
    untilMs: z.number(),
    echo: z.string().optional(),
  }),
);
const applied = z.array(
  z.object({
    atMs: z.number(),
    field: z.enum(['status', 'classification', 'determination', 'assignedTo']),
    value: z.string().nullable(),
    from: z.enum(['defender', 'ticket']),
    over: z.string().nullable().optional(),
  }),
);
const suspended = z.object({ since: instant, because: z.string() });
const said = z.record(
  z.string(),
  z.object({ value: z.string().nullable(), version: z.string().nullable(), at: instant, isOverwritten: z.boolean() }),
);
const intent = z.object({ key: z.string(), at: instant, then: z.record(z.string(), z.unknown()).optional() });

const fromLinkRow = (row: Row): Link => ({
  tenantId: row.partitionKey,
  targetId: text(row, 'targetId') ?? '',
  incidentId: text(row, 'incidentId') ?? '',
  tickets: parsed(row, 'tickets', tickets) ?? [],
  base: parsed(row, 'base', values) ?? {},
  setAt: parsed(row, 'setAt', z.record(z.string(), z.string())) ?? {},
  version: row.version === undefined ? null : mustBeTime7(row.version, 'version'),
  told: text(row, 'told'),
  ledger: parsed(row, 'ledger', ledger) ?? [],
  comments: parsed(row, 'comments', z.array(z.string())) ?? [],
  applied: parsed(row, 'applied', applied) ?? [],
  suspended: parsed(row, 'suspended', suspended) ?? null,
  intent: intentOf(row),
  storm: text(row, 'storm'),
  ...(row.heardAt === undefined ? {} : { heardAt: text(row, 'heardAt') ?? '' }),
  ...(row.seen === undefined ? {} : { seen: mustBeTime7(row.seen, 'seen') }),
  ...(row.said === undefined ? {} : { said: parsed(row, 'said', said) ?? {} }),
  ...(row.unsure === undefined ? {} : { unsure: parsed(row, 'unsure', z.record(z.string(), instant)) ?? {} }),
});

/** What an intent foresees is a link of our own making, written with it. */
const intentOf = (row: Row): Link['intent'] => {
  const found = parsed(row, 'intent', intent);
  if (found === undefined) return null;
  const { then, ...rest } = found;
  return then === undefined
    ? rest
    : { ...rest, then: then as unknown as NonNullable<NonNullable<Link['intent']>['then']> };
};

const parsed = <T>(row: Row, column: string, shape: z.ZodType<T>): T | undefined => {
  const json = text(row, column);
  if (json === null) return undefined;
  try {
    return shape.parse(JSON.parse(json));
  } catch (cause) {
    throw new ContractError(`The link's ${column} cannot be read`, { cause });
  }
};
