import type { ObservedIncident } from './model/incident';
import type { RegistrationName } from './model/registration';
import type { Tenant } from './model/tenant';
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
  | {
      readonly kind: 'delete';
      readonly partitionKey: string;
      readonly rowKey: string;
      /** Only as it was read; of single operations only, no batch takes it. */
      readonly etag?: string;
    };

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

/** One storage queue. What is sent may arrive twice, late or never: only a hint may travel in it. */
export interface Queue {
  /** JSON of at most 48 KB; hidden for `delayMs`, at most seven days. @throws UpstreamError */
  send(message: object, options?: { readonly delayMs?: number }): Promise<void>;
}

export interface Blobs {
  put(name: string, content: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  delete(name: string): Promise<void>;
}

/** The public half of a certificate in a vault. */
export interface VaultCertificate {
  /** Address of its key, version included. */
  readonly keyId: string;
  /** SHA-256 of the certificate (DER), base64url. */
  readonly thumbprint: string;
}

/** One Key Vault. @throws AuthError (denied, missing, disabled) · UpstreamError (vault away, throttled). */
export interface Vault {
  getSecret(name: string): Promise<string>;
  /** A new version; a name that was deleted and can still be recovered is recovered first. */
  setSecret(name: string, value: string): Promise<void>;
  /** False where there was none. */
  deleteSecret(name: string): Promise<boolean>;
  /** The newest version. */
  getCertificate(name: string): Promise<VaultCertificate>;
  /** When the newest version ends, ISO 8601 UTC; null where nobody told the vault. What it holds is not handed out. */
  endOf(what: 'secret' | 'certificate', name: string): Promise<string | null>;
  /** PS256 over a SHA-256 digest, made inside the vault: the key never leaves. */
  sign(keyId: string, digest: Uint8Array): Promise<Uint8Array>;
}

export interface AccessToken {
  readonly token: string;
  readonly tenantId: string;
  readonly expiresAtMs: number;
}

/** What a token request has to know of a tenant. */
export type TokenTenant = Pick<Tenant, 'tenantId' | 'cloud' | 'credential'>;

/** Tokens of all tenants and registrations. @throws ConsentError · AuthError · UpstreamError */
export interface TokenProvider {
  /** App-only token for `scope` in that tenant, from memory while it is good for a while. */
  getToken(tenant: TokenTenant, registration: RegistrationName, scope: string): Promise<AccessToken>;
  /** After a 401: the next call fetches anew. */
  forget(tenant: TokenTenant, registration: RegistrationName, scope: string): void;
}

/** Tokens in the name of people who call our API, for their own tenant alone. @throws ConsentError · AuthError · UpstreamError */
export interface UserTokens {
  /** @param assertion the token the person came with; never kept, never logged */
  onBehalfOf(assertion: string, tenant: TokenTenant, scope: string): Promise<AccessToken>;
}

/** Tokens of one tenant through one registration: who holds these can ask for no other's. Throws like TokenProvider. */
export interface TenantTokens {
  getToken(scope: string): Promise<AccessToken>;
  forget(scope: string): void;
}

export interface ChangedQuery {
  /** Inclusive; `beginning` for all there is. */
  readonly from: Time7;
  /** Inclusive; undefined: open. */
  readonly to?: Time7;
  /** Which time `from` and `to` mean, and the list's order; default `updated`. */
  readonly by?: TimeField;
  /** Only incidents of this state, as Graph spells it (`active`, `inProgress`). */
  readonly status?: string;
  /** Rows to pass over; only inside a closed slice whose pages are checked to join, because the list moves. */
  readonly skip?: number;
  /** False: without alerts, where the back end can leave them out; such incidents are not `complete`. */
  readonly alerts?: boolean;
}

export type TimeField = 'updated' | 'created';

/** A row that cannot be taken in; the rest of its page is not touched by it. */
export interface BrokenRow {
  /** Undefined where not even the id can be read. */
  readonly incidentId: string | undefined;
  readonly reason: string;
}

export interface IncidentPage {
  /** In the order of the answer: oldest first where the source pages by `keyset`. */
  readonly incidents: readonly ObservedIncident[];
  readonly broken: readonly BrokenRow[];
  /** The `Date` of the answer. */
  readonly serverTime: Time7;
  /** True where more may follow. */
  readonly more: boolean;
  /** What was said of a part missing (206, `Warning`). */
  readonly incomplete?: string;
}

/** Before every HTTP call; the only way to a tenant's share of the rate limit. @throws CallsSpent where this run may make no more */
export interface CallPermits {
  take(): Promise<void>;
}

/** One tenant's incidents, as read through one back end. All calls throw ThrottledError · ConsentError · AuthError · ContractError · UpstreamError · CallsSpent. */
export interface IncidentSource {
  /**
   * `keyset`: ascending, so that the next page begins `ge` the last row. `slices`: newest first and no order promised, so that only a
   * closed slice counts, and only if its pages join.
   */
  readonly paging: 'keyset' | 'slices';
  readonly pageSize: number;
  /** Whether `alerts: false` is understood and `alertsOf` works. */
  readonly alertsApart: boolean;
  listChanged(query: ChangedQuery): Promise<IncidentPage>;
  /** As it is now; undefined where there is none (404). A row that cannot be taken in is a ContractError. */
  get(incidentId: string, options?: { readonly alerts?: boolean }): Promise<ObservedIncident | undefined>;
  /** The incident with its alerts, asked for apart; only where `alertsApart`. */
  withAlerts(incident: ObservedIncident): Promise<ObservedIncident>;
}

/** An orchestration as its engine tells of it. */
export interface Orchestration {
  readonly name: string;
  readonly instanceId: string;
  readonly isUnderWay: boolean;
  /** Milliseconds since 1970: when it last came further. */
  readonly updatedAtMs: number;
}

/** The orchestrations of this app's task hub. @throws UpstreamError */
export interface Orchestrations {
  /** Those that have not ended. */
  underWay(): Promise<readonly Orchestration[]>;
  /** Undefined where there is none of that id. */
  find(instanceId: string): Promise<Orchestration | undefined>;
  /** Ends one that is under way, some time soon; nothing where it is not. */
  terminate(instanceId: string, reason: string): Promise<void>;
  /** False where one of that id is under way. */
  start(name: string, instanceId: string, input: object): Promise<boolean>;
  /** Forgets ended ones that were created from `fromMs` (inclusive) to `toMs`. @returns how many */
  forget(fromMs: number, toMs: number): Promise<number>;
}

/** What is changed of an incident; what is undefined stays. Graph's words, written in the own words of each API. */
export interface IncidentUpdate {
  readonly status?: string;
  readonly classification?: string;
  readonly determination?: string;
  /** Null: nobody. */
  readonly assignedTo?: string | null;
  readonly customTags?: readonly string[];
}

/** Changes to one tenant's incidents through one back end. Throws like an IncidentSource; a value that is refused is a RequestError. */
export interface IncidentWriter {
  /** As it is now, before deciding; undefined where there is none. */
  get(incidentId: string): Promise<ObservedIncident | undefined>;
  /** One PATCH with all of it; the incident as it is after. */
  update(incidentId: string, change: IncidentUpdate): Promise<ObservedIncident>;
  comment(incidentId: string, text: string): Promise<void>;
}
