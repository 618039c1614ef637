import type { InvocationContext, Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { app } from 'durable-functions';
import type { Turns } from '../../shared/sync/shards/schedule';
import { slotOf } from '../../shared/sync/shards/schedule';
import { syncSchedule } from '../services';
import { startOnce } from '../startOnce';

/** Starts the run of this slot; its id names the slot, so a timer that fires twice starts it once. */
export const scheduledSync = async (timer: Timer, client: DurableClient, context: InvocationContext): Promise<void> => {
  const turns = turnsOf(timer, Date.now());
  const started = await startOnce(client, 'syncTenants', `sync-${turns.slot}`, turns);
  if (!started) context.info('the run of this slot is under way');
};

/** When this process last ran a timer of which the host keeps no status; 0: never, so that everyone has a turn. */
let lastOwnMs = 0;

/** The host keeps no status of a timer that fires more often than once a minute, whatever the type says. */
const turnsOf = (
  { scheduleStatus }: { readonly scheduleStatus?: Partial<Timer['scheduleStatus']> | null },
  nowMs: number,
): Turns => {
  const lastMs = Date.parse(scheduleStatus?.last ?? '');
  if (!Number.isNaN(lastMs)) return { slot: slotOf(nowMs), since: slotOf(lastMs) };
  const since = slotOf(lastOwnMs, 1000);
  lastOwnMs = nowMs;
  return { slot: slotOf(nowMs, 1000), since };
};

app.client.timer('scheduledSync', { schedule: syncSchedule, handler: scheduledSync });
