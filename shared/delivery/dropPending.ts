import type { Clock, Table } from '../ports';
import { wholeEventPages } from '../store/outbox';
import { superseded } from './afterTry';
import { writeLane } from './laneWriter';

/** With their bodies these stay below what one batch may weigh. */
const perBatch = 40;

/** Gives up all that waits to be told of a tenant; nothing is sent for it. Safe to repeat. @returns how many events it found waiting */
export const dropPending = async (
  { incidents, clock }: { readonly incidents: Table; readonly clock: Clock },
  tenantId: string,
  because: string,
): Promise<number> => {
  let dropped = 0;
  for await (const page of wholeEventPages(tenantId, 'pending', incidents, perBatch)) {
    const change = superseded(clock.now(), because);
    const events = page.map((stored) => ({ stored, change }));
    await writeLane(incidents, { links: [], events, journal: [] });
    dropped += page.length;
  }
  return dropped;
};
