import type { SecretKind } from './connection';

/** Something that ends on a day of its own, and stops work unless someone renews it before. */
export type Expiring = Ending &
  (
    | { readonly what: 'secret' | 'certificate' | 'partnerRelationship' }
    | { readonly what: 'connectionSecret'; readonly secret: SecretKind }
  );

interface Ending {
  /** As its owner knows it: the name in the vault, of the relationship; the id of the connection. */
  readonly name: string;
  /** Whose it is; undefined: the app's own, or that of a connection for all tenants. */
  readonly tenantId?: string;
  /** ISO 8601 UTC; null: nobody told. */
  readonly endsAt: string | null;
}
