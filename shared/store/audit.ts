import type { Row } from '../ports';
import { present, shown } from './columns';
import { escapeKey } from './keys';

/** Who acts: a person who called us, the relay by itself, or somebody in a ticket tool by way of a connection. */
export interface AuditActor {
  readonly kind: 'person' | 'relay' | 'ticket';
  /** Entra object id, or the tool's id; null: not known. */
  readonly id: string | null;
  readonly name: string | null;
}

/** One act on a tenant, row `a_<time>_<id>`: written before it is done and completed after. It holds no text that people wrote. */
export interface AuditRecord {
  readonly tenantId: string;
  /** The same when the act is tried again. */
  readonly auditId: string;
  /** When it was begun, ISO 8601 UTC; the same when the act is tried again. */
  readonly at: string;
  readonly actor: AuditActor;
  /** `incident.update`, `incident.comment`, `proposal.accept` … */
  readonly action: string;
  /** What it was done to; null where there is none. */
  readonly incidentId: string | null;
  /** `targetIdOf` the connection it came by. */
  readonly targetId: string | null;
  readonly ticketId: string | null;
  /** What was changed, by field, from what to what; of a comment nothing. */
  readonly change: Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;
  /** In whose name Microsoft was asked. */
  readonly as: 'app' | 'user' | null;
  readonly state: 'begun' | 'done' | 'failed';
  /** Of a failure. */
  readonly code: string | null;
  readonly completedAt: string | null;
}

const largest16 = 10n ** 16n - 1n;

/** Newest first. */
const auditRowKey = ({ at, auditId }: Pick<AuditRecord, 'at' | 'auditId'>): string => {
  const ms = Date.parse(at);
  return `a_${(largest16 - BigInt(Number.isNaN(ms) ? 0 : ms)).toString().padStart(16, '0')}_${escapeKey(auditId)}`;
};

export const auditRows = { rowFrom: 'a_', rowBefore: 'a`' } as const;

export const toAuditRow = (record: AuditRecord): Row => ({
  partitionKey: record.tenantId,
  rowKey: auditRowKey(record),
  ...present({
    auditId: record.auditId,
    at: record.at,
    actorKind: record.actor.kind,
    actorId: shown(record.actor.id),
    actorName: shown(record.actor.name),
    action: record.action,
    incidentId: record.incidentId,
    targetId: record.targetId,
    ticketId: shown(record.ticketId),
    change: JSON.stringify(record.change),
    as: record.as,
    state: record.state,
    code: record.code,
    completedAt: record.completedAt,
  }),
});
