import { AppError } from '../../errors';
import type { Connection, SecretKind } from '../../model/connection';
import { secretKinds, targetIdOf } from '../../model/connection';
import type { AuditRecord } from '../../store/audit';
import { toAuditRow } from '../../store/audit';
import type { Caller } from '../callers/caller';
import type { HttpServices } from '../services';

type ConnectionAct = 'connection.put' | 'connection.remove' | 'connection.test';

/** Does `work` between two writes of its record: begun before, done or failed after. */
export type Audit = <T>(action: ConnectionAct, change: AuditRecord['change'], work: () => Promise<T>) => Promise<T>;

/** Who did what to a connection, in its tenant's rows; of one for all tenants under `_all`. */
export const connectionAudit =
  (
    { storage, clock, randomId }: Pick<HttpServices, 'storage' | 'clock' | 'randomId'>,
    { objectId, name, kind }: Caller,
    connection: Pick<Connection, 'scope' | 'connectionId'>,
  ): Audit =>
  async (action, change, work) => {
    const begun: AuditRecord = {
      tenantId: connection.scope,
      auditId: randomId(),
      at: new Date(clock.now()).toISOString(),
      actor: { kind: kind === 'user' ? 'person' : 'relay', id: objectId, name },
      action,
      incidentId: null,
      targetId: targetIdOf(connection),
      ticketId: null,
      change,
      as: null,
      state: 'begun',
      code: null,
      completedAt: null,
    };
    const write = async (record: AuditRecord): Promise<void> => {
      await storage.incidents.write({ kind: 'upsert', row: toAuditRow(record) });
    };
    const completed = (): { readonly completedAt: string } => ({ completedAt: new Date(clock.now()).toISOString() });
    await write(begun);
    try {
      const done = await work();
      await write({ ...begun, state: 'done', ...completed() });
      return done;
    } catch (error) {
      const code = error instanceof AppError ? error.code : null;
      await write({ ...begun, state: 'failed', code, ...completed() });
      throw error;
    }
  };

const plainFields = ['tool', 'enabled', 'audience', 'since', 'backlog', 'url', 'settleSeconds'] as const;
const wholeFields = [
  'auth',
  'outbound',
  'filters',
  'mapping',
  'ownership',
  'contract',
  'storm',
  'excludeTenants',
] as const;

/** What a PUT changes: short values from what to what, of all else only that it changed; of secrets that they were put. */
export const connectionChange = (
  before: Connection | undefined,
  after: Connection,
  put: readonly SecretKind[],
): AuditRecord['change'] => {
  const textOf = (value: string | number | boolean | undefined): string | null =>
    value === undefined ? null : String(value);
  const plain = plainFields
    .filter((field) => before?.[field] !== after[field])
    .map((field) => [field, { from: textOf(before?.[field]), to: textOf(after[field]) }] as const);
  const inbound = {
    'inbound.scheme': [before?.inbound.scheme, after.inbound.scheme],
    'inbound.closes.upTo': [before?.inbound.closes.upTo, after.inbound.closes.upTo],
    'inbound.closes.else': [before?.inbound.closes.else, after.inbound.closes.else],
    'inbound.reopens': [before?.inbound.reopens, after.inbound.reopens],
    'inbound.comments': [before?.inbound.comments, after.inbound.comments],
  };
  const inner = Object.entries(inbound)
    .filter(([, [from, to]]) => from !== to)
    .map(([field, [from, to]]) => [field, { from: textOf(from), to: textOf(to) }] as const);
  const ends = secretKinds
    .map((kind) => [kind, before?.secretsEnd?.[kind], after.secretsEnd?.[kind]] as const)
    .filter(([, from, to]) => from !== to)
    .map(([kind, from, to]) => [`${kind}.expires`, { from: textOf(from), to: textOf(to) }] as const);
  const changed = { from: null, to: null };
  const whole = wholeFields
    .filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after[field]))
    .map((field) => [field, changed] as const);
  const secrets = put.map((kind) => [`${kind}.secret`, changed] as const);
  return Object.fromEntries([...plain, ...inner, ...whole, ...secrets, ...ends]);
};
