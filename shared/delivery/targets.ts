import type { Connection } from '../model/connection';
import { targetIdOf } from '../model/connection';
import type { Target } from '../model/outbox';
import type { Clock } from '../ports';
import type { ConnectionStore } from '../store/connections';
import type { ToolDefinition } from '../ticketing/connector';
import { remembered } from './remembered';

type Tools = Readonly<Partial<Record<Connection['tool'], Pick<ToolDefinition, 'delivers'>>>>;

/** Whom a tenant's changes are told; another process may have changed that half a minute ago. */
export interface Targets {
  of(tenantId: string): Promise<readonly Target[]>;
  /** After a connection of this process was changed. */
  forget(): void;
}

const freshMs = 30_000;

export const createTargets = (connections: Pick<ConnectionStore, 'forTenant'>, tools: Tools, clock: Clock): Targets => {
  let known = remembered<readonly Target[]>(clock, freshMs);
  return {
    of: (tenantId) =>
      known(tenantId, async () =>
        (await connections.forTenant(tenantId)).flatMap((connection) => targetOf(connection, tools)),
      ),
    forget: () => (known = remembered(clock, freshMs)),
  };
};

/** What is switched off is told nothing, and neither is a tool that this release does not know. */
const targetOf = (connection: Connection, tools: Tools): readonly Target[] => {
  const tool = tools[connection.tool];
  if (!connection.enabled || tool === undefined) return [];
  const keeps = tool.delivers === 'events' ? { keepsVersions: true } : {};
  const backlog = connection.backlog === 'open' ? ({ backlog: 'open' } as const) : {};
  return [{ connectionId: targetIdOf(connection), since: connection.since, ...backlog, ...keeps }];
};
