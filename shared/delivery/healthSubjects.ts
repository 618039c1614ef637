import { expiryWarning } from '../health/expiry';
import type { Expiring } from '../model/expiring';
import { allTenants } from '../model/connection';
import type { Tenant } from '../model/tenant';
import type { Table } from '../ports';
import { text } from '../store/columns';

/** Something whose health is told, as it is now. */
export interface Subject {
  /** Names it for ever. */
  readonly subject: string;
  /** Whose it is; undefined: the relay's own. */
  readonly tenantId?: string;
  /** A word; `ok` is what nobody need be told of before something else was. */
  readonly state: string;
  /** Sentences for people, the cure inside. */
  readonly reasons: readonly string[];
}

/** How a tenant does. */
export interface HealthOfTenant {
  readonly state: 'ok' | 'degraded' | 'down';
  readonly reasons: readonly string[];
  /** What of its own ends one day. */
  readonly expiring: readonly Expiring[];
}

/** Without the secrets of its connections: those of all tenants are looked at together. */
export const tenantSubjects = (
  { tenantId }: Pick<Tenant, 'tenantId'>,
  { state, reasons, expiring }: HealthOfTenant,
  nowMs: number,
): readonly Subject[] => [
  { subject: `tenants/${tenantId}`, tenantId, state, reasons },
  ...expiring.filter(({ what }) => what !== 'connectionSecret').map((one) => expirySubject(one, nowMs)),
];

/** By stages: 60, 30 and 7 days ahead, and over. */
export const expirySubject = (expiring: Expiring, nowMs: number): Subject => {
  const { tenantId } = expiring;
  const warning = expiryWarning(expiring, nowMs);
  const isFar = warning === undefined || warning.stage === 'unknown';
  return {
    subject:
      expiring.what === 'connectionSecret'
        ? `${connectionSecretPrefix}${tenantId ?? allTenants}/${expiring.name}/${expiring.secret}`
        : `${expiring.what}/${tenantId ?? 'relay'}/${expiring.name}`,
    ...(tenantId === undefined ? {} : { tenantId }),
    state: isFar ? 'ok' : warning.stage,
    reasons: isFar ? [] : [warning.detail, warning.cure],
  };
};

export const connectionPrefix = 'connections/';
export const connectionSecretPrefix = 'connectionSecret/';

/** Connections that are down or were switched off by a 410, all over the relay: two filtered looks at their table. */
export const troubledConnections = async (connections: Table): Promise<readonly Subject[]> => {
  const subjects = new Map<string, Subject>();
  const put = (scope: string, connectionId: string, state: string, reason: string): void => {
    const subject = `${connectionPrefix}${scope}/${connectionId}`;
    const of = scope === allTenants ? {} : { tenantId: scope };
    subjects.set(subject, { subject, ...of, state, reasons: [reason] });
  };
  const down = [{ column: 'state', op: 'eq', value: 'down' }] as const;
  for await (const page of connections.pages({ where: down, select: ['state', 'since'] }))
    for (const { row } of page)
      put(
        row.partitionKey,
        row.rowKey.replace(/!state$/, ''),
        'down',
        `It is down since ${text(row, 'since') ?? 'a while'} and is probed every five minutes; what waits for it is kept.`,
      );
  const off = [
    { column: 'enabled', op: 'eq', value: false },
    { column: 'disabledBecause', op: 'gt', value: '' },
  ] as const;
  for await (const page of connections.pages({ where: off, select: ['disabledBecause'] }))
    for (const { row } of page)
      put(
        row.partitionKey,
        row.rowKey,
        'disabled',
        `${text(row, 'disabledBecause') ?? ''} Put the connection again to switch it on.`,
      );
  return [...subjects.values()];
};
