import type { EventType } from './outbox';
import type { Time7 } from './time7';

export type Tool = 'servicenow' | 'jira' | 'zendesk' | 'pagerduty' | 'github' | 'webhook';

/** How what a tool sends us proves where it comes from. @see https://www.standardwebhooks.com and each vendor's page in shared/ticketing/signatures */
export type InboundScheme = 'standard' | 'jira' | 'zendesk' | 'pagerduty' | 'github' | 'slack' | 'header';

/** Defender's severities in order, lowest first; what is unknown ranks as high. */
export const severities = ['informational', 'low', 'medium', 'high'] as const;
export type Severity = (typeof severities)[number];

/** What crosses in both directions. The rest (title, severity, tags, alerts) is Defender's alone. */
export const syncedFields = ['status', 'classification', 'determination', 'assignedTo'] as const;
export type SyncedField = (typeof syncedFields)[number];

/** Whose value holds where both sides changed a field: one side's always, or the later one's. */
export type FieldOwner = 'defender' | 'ticket' | 'latest';

/** Which of a ticket's comments reach Defender, and which of Defender's reach the ticket. */
export type CommentsIn = 'none' | 'public' | 'all';
export type CommentsOut = 'none' | 'own' | 'all';

/** What a ticket alone may bring about in Defender. */
export interface InboundRules {
  readonly scheme: InboundScheme;
  /** Incidents up to this severity a closed ticket resolves; of others it is proposed to an Analyst, or nothing. */
  readonly closes: { readonly upTo: Severity | 'none'; readonly else: 'propose' | 'ignore' };
  /** A ticket opened again re-opens the incident. */
  readonly reopens: boolean;
  readonly comments: CommentsIn;
}

export interface OutboundRules {
  readonly events: readonly EventType[];
  /** `own`: those of Defender's people; `all`: those other tools brought, too. */
  readonly comments: CommentsOut;
  /** Whether what we write in a ticket is for its staff alone, or for whoever may see it. */
  readonly as: 'internal' | 'public';
}

/** An incident passes where every condition that is given holds. */
export interface Filters {
  readonly severity?: readonly string[];
  readonly status?: readonly string[];
  /** One of the incident's `serviceSource`s of its alerts. */
  readonly source?: readonly string[];
  readonly tags?: readonly string[];
  /** One of the tenant's groups. */
  readonly group?: readonly string[];
}

/** How an incident becomes a ticket. Texts are templates: `{{displayName}}`, `{{tenant.name}}`, `{{attributes.customerNumber}}`; no code. */
export interface Mapping {
  readonly title?: string;
  readonly description?: string;
  /** The tool's own field names, each with a template. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The tool's word for each of Defender's severities. */
  readonly severity?: Readonly<Record<string, string>>;
  /** Defender's owner → the tool's id of the same person; without an entry the owner is never written. */
  readonly assignees?: Readonly<Record<string, string>>;
  /** What a ticket's resolution (its own word) says of the incident. */
  readonly resolutions?: Readonly<Record<string, { readonly classification: string; readonly determination: string }>>;
  /** The resolution written when the incident is resolved, by classification; `default` for the rest. */
  readonly closeCodes?: Readonly<Record<string, string>>;
  /** Where in the tool: `table`, `project`, `issueType`, `repository` … as its folder's `settings` says. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface ConnectionAuth {
  readonly kind: 'basic' | 'bearer' | 'oauth';
  /** Basic: the user; oauth: the client id. */
  readonly user?: string;
}

/** In place of an end: this secret has none. */
export const endsNever = 'never';

/** For calling the tool · for what it sends us · for what we send (a signing key, or what the tool's folder says). */
export const secretKinds = ['auth', 'inbound', 'outbound'] as const;
export type SecretKind = (typeof secretKinds)[number];

/** Whose incidents a connection carries: one tenant's, or all tenants'. */
export const allTenants = '_all';

/** A ticket tool or webhook of one tenant, or of all: the PUT body of design section 6. Its secrets lie in the vault and nowhere else. */
export interface Connection {
  /** A tenant id, or `_all`. */
  readonly scope: string;
  /** `^[a-z0-9][a-z0-9-]{0,39}$`, unique in its scope. */
  readonly connectionId: string;
  readonly tool: Tool;
  readonly enabled: boolean;
  /** Why we switched it off ourselves (a 410). */
  readonly disabledBecause?: string;
  readonly audience: 'customer' | 'operator';
  /** Nothing last updated before is announced. */
  readonly since: Time7;
  readonly backlog: 'none' | 'open';
  readonly url: string;
  readonly auth?: ConnectionAuth;
  readonly inbound: InboundRules;
  readonly outbound: OutboundRules;
  readonly filters: Filters;
  readonly mapping: Mapping;
  readonly ownership: Readonly<Record<SyncedField, FieldOwner>>;
  /** Field paths of the incident that may leave; empty: all that the tenant's own contract lets in. */
  readonly contract: { readonly send: readonly string[] };
  /** More than `count` new tickets in so many minutes become one. */
  readonly storm?: { readonly count: number; readonly minutes: number };
  /** A new incident waits so long for its alerts before a ticket is made. */
  readonly settleSeconds: number;
  readonly excludeTenants: readonly string[];
  /** 128 random bits of ours, hex: the last part of its webhook's address. */
  readonly hookId: string;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** When each secret it has was last put into the vault, ISO 8601 UTC: what is in memory from before is read again. */
  readonly secretsSetAt?: Readonly<Partial<Record<SecretKind, string>>>;
  /** When each of them ends, as whoever put it told: ISO 8601 UTC, or `never`. A kind that is missing: nobody told. */
  readonly secretsEnd?: Readonly<Partial<Record<SecretKind, string>>>;
}

/** Names a connection within a tenant's rows: its id, and with `all.` in front where it serves all tenants. */
export const targetIdOf = ({ scope, connectionId }: Pick<Connection, 'scope' | 'connectionId'>): string =>
  scope === allTenants ? `${ofAllTenants}${connectionId}` : connectionId;

const ofAllTenants = 'all.';

/** The connection that `targetIdOf` named. */
export const connectionKeyOf = (tenantId: string, targetId: string): Pick<Connection, 'scope' | 'connectionId'> =>
  targetId.startsWith(ofAllTenants)
    ? { scope: allTenants, connectionId: targetId.slice(ofAllTenants.length) }
    : { scope: tenantId, connectionId: targetId };

/** How a connection fares; kept beside it, never in its PUT body. */
export interface ConnectionState {
  /** `down`: probed every five minutes with its oldest event, and nothing else is sent. */
  readonly state: 'up' | 'down';
  /** Failed tries in a row. */
  readonly failures: number;
  /** ISO 8601 UTC; null: never. */
  readonly since: string | null;
  readonly lastSuccess: string | null;
  readonly lastError: { readonly at: string; readonly status: number | null; readonly reason: string } | null;
  /** No call before (the tool's own Retry-After). ISO 8601 UTC. */
  readonly pausedUntil: string | null;
}

export const newConnectionState: ConnectionState = {
  state: 'up',
  failures: 0,
  since: null,
  lastSuccess: null,
  lastError: null,
  pausedUntil: null,
};
