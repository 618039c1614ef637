export type CloudName = 'public' | 'usgov' | 'usgovdod' | 'china';

/** How one tenant's incidents are read. */
export type BackEnd = 'graph' | 'defender';

/** How an application proves to Entra who it is. */
export type CredentialKind = 'secret' | 'certificate' | 'federated';

/** A tenant's own application, used there in place of ours. Its secret lies in the vault and nowhere else. */
export interface TenantCredential {
  readonly kind: CredentialKind;
  readonly clientId: string;
  /** When its secret ends, as whoever brought it told. ISO 8601 UTC. */
  readonly expires?: string;
}

/** By which relationship (GDAP) a tenant is our customer, as Graph last told; no body of a request sets it. */
export interface Partnership {
  readonly relationshipId: string;
  readonly name: string;
  /** Graph's word: `active`, `expired` … */
  readonly status: string;
  /** ISO 8601 UTC; null: Graph told none. */
  readonly endsAt: string | null;
  /** Goes on by itself at its end. */
  readonly autoExtends: boolean;
}

/** A customer's Entra tenant as registered with us: the PUT body of design section 6. */
export interface Tenant {
  readonly tenantId: string;
  readonly name: string;
  readonly cloud: CloudName;
  readonly backend: BackEnd;
  /** Entra group object ids whose members see this tenant; empty: RELAY_UNGROUPED_TENANTS decides. */
  readonly groups: readonly string[];
  /** Admins configure but do not read. */
  readonly sealed: boolean;
  /** Undefined: SYNC_INTERVAL_SECONDS. */
  readonly intervalSeconds: number | undefined;
  readonly enabled: boolean;
  /** Tickets and people may change its incidents through us. */
  readonly writeBack: boolean;
  /** Undefined: the app's own registrations. */
  readonly credential?: TenantCredential;
  readonly attributes: Readonly<Record<string, string>>;
  /** Undefined: none that we know of. */
  readonly partnership?: Partnership;
  readonly contract: { readonly never: readonly string[] };
}
