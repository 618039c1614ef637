import type { ObservedIncident } from './model/incident';
import type { Time7 } from './model/time7';

/** Milliseconds since 1970, and a monotonic count for durations. Coverage never depends on either. */
export interface Clock {
  now(): number;
  elapsedMs(): number;
}

/** A fresh random text of letters and digits, at least 96 bits. */
export type RandomId = () => string;

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A fixed message plus fields; never a sentence built from data. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole call, body included. */
  readonly timeoutMs: number;
}

export interface IncomingAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** One HTTP exchange; redirects are not followed. @throws UpstreamError where no whole answer came. */
export type Send = (request: OutgoingRequest) => Promise<IncomingAnswer>;

export type Column = string | number | boolean | Uint8Array | undefined;

export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [column: string]: Column;
}

/** A row as read: with the service's own version and time of its last write. */
export interface StoredRow {
  readonly row: Row;
  readonly etag: string;
  /** Time of the last write, by the storage's clock. */
  readonly writtenAt: Time7;
  /** Time of this read, by the same clock; rows of a query have none. */
  readonly readAt?: Time7;
}

export type RowOperation =
  | { readonly kind: 'insert'; readonly row: Row }
  | { readonly kind: 'replace'; readonly row: Row; readonly etag: string }
  | { readonly kind: 'upsert'; readonly row: Row }
  | { readonly kind: 'delete'; readonly partitionKey: string; readonly rowKey: string };

export interface RowQuery {
  readonly partition?: string;
  readonly partitionFrom?: string;
  /** Exclusive. */
  readonly partitionBefore?: string;
  readonly rowFrom?: string;
  /** Exclusive. */
  readonly rowBefore?: string;
  /** Further conditions, all of which must hold. */
  readonly where?: readonly {
    readonly column: string;
    readonly op: 'eq' | 'ne' | 'ge' | 'le' | 'gt' | 'lt';
    readonly value: string | number | boolean;
  }[];
  readonly select?: readonly string[];
  /** Rows a page at the most, default 1,000. */
  readonly pageSize?: number;
}

/** One Azure table. A conflict (409, 412) is a ConflictError, a passing fault an UpstreamError. */
export interface Table {
  get(partitionKey: string, rowKey: string, select?: readonly string[]): Promise<StoredRow | undefined>;
  /** Rows in order of partition key, then row key; a page at a time, so that a reader may stop. */
  pages(query: RowQuery): AsyncIterable<readonly StoredRow[]>;
  /** One operation; the new etag. A delete of what is not there is no error. */
  write(operation: RowOperation): Promise<string>;
  /** All or nothing, ≤ 100 operations of one partition, < 4 MiB; etags in the same order. */
  writeBatch(operations: readonly RowOperation[]): Promise<readonly string[]>;
}

export interface Blobs {
  put(name: string, content: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  delete(name: string): Promise<void>;
}

/** Secrets by name. @throws AuthError (denied, missing) · UpstreamError (vault away). */
export interface Vault {
  getSecret(name: string): Promise<string>;
}

export interface AccessToken {
  readonly token: string;
  readonly tenantId: string;
  readonly expiresAtMs: number;
}

/** @throws ConsentError · AuthError · ThrottledError · UpstreamError */
export interface TokenProvider {
  /** App-only token for `scope` in that tenant, from memory while it is good for five minutes more. */
  getToken(tenantId: string, scope: string): Promise<AccessToken>;
  /** After a 401: the next call fetches anew. */
  forget(tenantId: string, scope: string): void;
}

export interface ChangedQuery {
  /** Inclusive; `beginning` for all there is. */
  readonly from: Time7;
  /** Inclusive; undefined: open. */
  readonly to?: Time7;
  /** Rows to pass over; only inside one instant (`from` = `to`), because the list moves. */
  readonly skip?: number;
}

export interface IncidentPage {
  /** Oldest update first. */
  readonly incidents: readonly ObservedIncident[];
  /** The `Date` of the answer. */
  readonly serverTime: Time7;
  /** True where more may follow. */
  readonly more: boolean;
  /** What was said of a part missing (206, `Warning`). */
  readonly incomplete?: string;
}

/** One tenant's incidents, as read through one back end. */
export interface IncidentSource {
  /** @throws ThrottledError · ConsentError · AuthError · ContractError · UpstreamError */
  listChanged(query: ChangedQuery): Promise<IncidentPage>;
}
