import type { InvocationContext, Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { app } from 'durable-functions';
import { slotOf } from '../../shared/sync/schedule';
import { syncSchedule } from '../services';
import { startOnce } from '../startOnce';

/** Starts the run of this minute; its id names the minute, so a timer that fires twice starts it once. */
export const scheduledSync = async (timer: Timer, client: DurableClient, context: InvocationContext): Promise<void> => {
  const slot = slotOf(Date.now());
  const input = { slot, since: lastSlotOf(timer) ?? slotOf(Date.now() - 60_000) };
  const started = await startOnce(client, 'syncTenants', `sync-${slot}`, input);
  if (!started) context.info('the run of this minute is under way');
};

/** The host keeps no status of a timer that fires more often than once a minute, whatever the type says. */
const lastSlotOf = ({
  scheduleStatus,
}: {
  readonly scheduleStatus?: Partial<Timer['scheduleStatus']> | null;
}): string | undefined => {
  const lastMs = Date.parse(scheduleStatus?.last ?? '');
  return Number.isNaN(lastMs) ? undefined : slotOf(lastMs);
};

app.client.timer('scheduledSync', { schedule: syncSchedule, handler: scheduledSync });
