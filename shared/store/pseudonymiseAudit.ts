import { createHash } from 'node:crypto';
import type { Row, Table } from '../ports';
import { auditRows } from './audit';
import { text } from './columns';

const pseudonyms = ['actorId', 'actorName', 'ticketId'] as const;
const isPseudonym = /^~[0-9a-f]{16}$/;

/**
 * What was done to an erased tenant stays; who did it, and whose names were changed, is told by pseudonyms: the same for the same name, so
 * that the order of events can still be followed. Safe to repeat.
 */
export const pseudonymiseAudit = async (incidents: Table, tenantId: string): Promise<void> => {
  const pseudonym = (name: string): string =>
    isPseudonym.test(name) ? name : `~${createHash('sha256').update(`${tenantId}/${name}`).digest('hex').slice(0, 16)}`;
  for await (const page of incidents.pages({ partition: tenantId, ...auditRows }))
    for (const { row, etag } of page) {
      const named = pseudonyms.flatMap((column) => {
        const value = text(row, column);
        return value === null ? [] : [[column, pseudonym(value)] as const];
      });
      const next: Row = { ...row, ...Object.fromEntries(named), change: changeWith(text(row, 'change'), pseudonym) };
      await incidents.write({ kind: 'replace', row: next, etag });
    }
};

/** Of what was changed only an owner is a name. */
const changeWith = (json: string | null, pseudonym: (name: string) => string): string => {
  try {
    const change = JSON.parse(json ?? '{}') as Record<string, { from: string | null; to: string | null }>;
    const { assignedTo } = change;
    if (assignedTo === undefined) return JSON.stringify(change);
    const hidden = (name: string | null): string | null => (name === null ? null : pseudonym(name));
    return JSON.stringify({ ...change, assignedTo: { from: hidden(assignedTo.from), to: hidden(assignedTo.to) } });
  } catch {
    return '{}';
  }
};
