import { createHash } from 'node:crypto';
import type { Table } from '../ports';

/** Whether anything with a good signature came by this hook at or after `since` (ISO 8601 UTC). */
export const hasArrived = async (inbox: Table, hookId: string, since: string): Promise<boolean> => {
  const partition = createHash('sha256').update(hookId).digest('hex');
  const where = [{ column: 'receivedAt', op: 'ge' as const, value: since }];
  for await (const page of inbox.pages({ partition, where, select: ['receivedAt'], pageSize: 1 }))
    if (page.length > 0) return true;
  return false;
};
