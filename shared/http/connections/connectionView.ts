import type { Config } from '../../config';
import type { Connection, ConnectionAuth, InboundRules, OutboundRules, SecretKind } from '../../model/connection';
import { allTenants } from '../../model/connection';
import type { ConnectionDelivery } from './connectionDelivery';
import type { ConnectionFacts } from './connectionWarnings';
import { connectionWarnings } from './connectionWarnings';

/** A connection as the API shows it, alone and in lists; every key always there, and never a secret. */
export interface ConnectionView extends Omit<
  Connection,
  'scope' | 'hookId' | 'secretsSetAt' | 'secretsEnd' | 'auth' | 'inbound' | 'outbound' | 'storm' | 'disabledBecause'
> {
  /** Null: it serves all tenants. */
  readonly tenantId: string | null;
  readonly auth: Ending<ConnectionAuth> | null;
  readonly inbound: Ending<InboundRules>;
  readonly outbound: Ending<OutboundRules>;
  readonly storm: Connection['storm'] | null;
  readonly disabledBecause: string | null;
  /** When each was put, ISO 8601 UTC; null: none is kept. */
  readonly secrets: Readonly<Record<SecretKind, string | null>>;
  /** Where the tool sends its webhooks; null where the relay knows no public address of its own: then a warning says so. */
  readonly webhookUrl: string | null;
  readonly delivery: ConnectionDelivery;
  /** What keeps it from all it could do, each with what to do about it. */
  readonly warnings: readonly string[];
}

/** With the end of the secret that goes with it: ISO 8601 UTC or `never`, as it was told; null: nobody told, or there is none. */
type Ending<T> = T & { readonly expires: string | null };

export const connectionView = (facts: ConnectionFacts): ConnectionView => {
  const { connection, config, delivery } = facts;
  const {
    scope,
    hookId,
    secretsSetAt = {},
    secretsEnd = {},
    auth,
    inbound,
    outbound,
    storm,
    disabledBecause,
    ...shown
  } = connection;
  return {
    tenantId: scope === allTenants ? null : scope,
    ...shown,
    auth: auth === undefined ? null : { ...auth, expires: secretsEnd.auth ?? null },
    inbound: { ...inbound, expires: secretsEnd.inbound ?? null },
    outbound: { ...outbound, expires: secretsEnd.outbound ?? null },
    storm: storm ?? null,
    disabledBecause: disabledBecause ?? null,
    secrets: {
      auth: secretsSetAt.auth ?? null,
      inbound: secretsSetAt.inbound ?? null,
      outbound: secretsSetAt.outbound ?? null,
    },
    webhookUrl: webhookUrlOf(hookId, config),
    delivery,
    warnings: connectionWarnings(facts),
  };
};

export const webhookUrlOf = (hookId: string, { publicUrl }: Pick<Config, 'publicUrl'>): string | null =>
  publicUrl === undefined ? null : `${publicUrl}/api/webhooks/${hookId}`;
