import { ConflictError, NotFoundError } from '../errors';
import type { ConsentLink } from '../model/consentLink';
import type { RegistrationName } from '../model/registration';
import type { Row, RowQuery, Table } from '../ports';
import { present, text } from './columns';

/** A link as it was read. */
export interface FoundLink {
  readonly link: ConsentLink;
  readonly etag: string;
}

/** Consent links, and the answers of Entra's that were taken, in the index: spread over partitions by their first byte. */
export interface ConsentLinks {
  add(link: ConsentLink): Promise<void>;
  /** One point read. */
  find(hash: string): Promise<FoundLink | undefined>;
  /** False where another was faster, or the link is gone. */
  use(found: FoundLink, at: string): Promise<boolean>;
  revoke(hash: string): Promise<void>;
  /** All of a tenant. @returns how many */
  dropOf(tenantId: string): Promise<number>;
  /** Takes a nonce (hex) once. @returns false where it was taken before; forgotten after `expiresAt` (ISO 8601 UTC) */
  spend(nonce: string, expiresAt: string): Promise<boolean>;
  /** Deletes what was over before `before` (ISO 8601 UTC). */
  purge(before: string): Promise<{ readonly rows: number }>;
}

const linkPrefix = 'consent_';
const noncePrefix = 'nonce_';
const keyOf = (prefix: string, hex: string) => ({ partitionKey: `${prefix}${hex.slice(0, 2)}`, rowKey: hex });

/** All partitions of a kind; the character after `_` ends them. */
const partitionsOf = (prefix: string): RowQuery => ({
  partitionFrom: prefix,
  partitionBefore: `${prefix.slice(0, -1)}\``,
});

/** Of a day: what is left over goes on the next. */
const maxPages = 10;

export const consentLinks = (index: Table): ConsentLinks => ({
  add: async (link) => {
    await index.write({ kind: 'insert', row: toRow(link) });
  },
  find: async (hash) => {
    const { partitionKey, rowKey } = keyOf(linkPrefix, hash);
    const found = await index.get(partitionKey, rowKey);
    return found && { link: fromRow(found.row), etag: found.etag };
  },
  use: async ({ link, etag }, at) =>
    isDone(() => index.write({ kind: 'replace', row: toRow({ ...link, usedAt: at }), etag })),
  revoke: async (hash) => {
    await index.write({ kind: 'delete', ...keyOf(linkPrefix, hash) });
  },
  dropOf: async (tenantId) => {
    const where = [{ column: 'tenantId', op: 'eq' as const, value: tenantId }];
    return deleteAll(index, { ...partitionsOf(linkPrefix), where }, Number.POSITIVE_INFINITY);
  },
  spend: async (nonce, expiresAt) =>
    isDone(() => index.write({ kind: 'insert', row: { ...keyOf(noncePrefix, nonce), expiresAt } })),
  purge: async (before) => {
    const where = [{ column: 'expiresAt', op: 'lt' as const, value: before }];
    const links = await deleteAll(index, { ...partitionsOf(linkPrefix), where }, maxPages);
    const nonces = await deleteAll(index, { ...partitionsOf(noncePrefix), where }, maxPages);
    return { rows: links + nonces };
  },
});

const isDone = async (write: () => Promise<unknown>): Promise<boolean> => {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof NotFoundError) return false;
    throw error;
  }
};

/** One by one: they lie in as many partitions as there are rows. */
const deleteAll = async (index: Table, query: RowQuery, pagesAtMost: number): Promise<number> => {
  let rows = 0;
  let pages = 0;
  for await (const page of index.pages({ ...query, select: ['expiresAt'] })) {
    for (const { row } of page)
      await index.write({ kind: 'delete', partitionKey: row.partitionKey, rowKey: row.rowKey });
    rows += page.length;
    pages += 1;
    if (pages >= pagesAtMost) break;
  }
  return rows;
};

const toRow = (link: ConsentLink): Row => ({
  ...keyOf(linkPrefix, link.hash),
  ...present({
    tenantId: link.tenantId,
    registration: link.registration,
    createdAt: link.createdAt,
    createdBy: link.createdBy,
    expiresAt: link.expiresAt,
    usedAt: link.usedAt,
  }),
});

const fromRow = (row: Row): ConsentLink => ({
  hash: row.rowKey,
  tenantId: text(row, 'tenantId') ?? '',
  registration: (text(row, 'registration') ?? 'reader') as RegistrationName,
  createdAt: text(row, 'createdAt') ?? '',
  createdBy: text(row, 'createdBy') ?? '',
  // A row edited by hand must not make a link that never ends.
  expiresAt: text(row, 'expiresAt') ?? '1970-01-01T00:00:00.000Z',
  usedAt: text(row, 'usedAt'),
});
