/** Something that ends on a day of its own, and stops work unless someone renews it before. */
export interface Expiring {
  readonly what: 'secret' | 'certificate' | 'partnerRelationship';
  /** As its owner knows it: the name in the vault, of the relationship. */
  readonly name: string;
  /** Whose it is; undefined: the app's own. */
  readonly tenantId?: string;
  /** ISO 8601 UTC; null: nobody told. */
  readonly endsAt: string | null;
}
