import type { InvocationContext, Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { app } from 'durable-functions';
import { slotOf } from '../../shared/sync/schedule';
import { syncSchedule } from '../services';
import { startOnce } from '../startOnce';

/** Starts the run of this minute; its id names the minute, so a timer that fires twice starts it once. */
export const scheduledSync = async (timer: Timer, client: DurableClient, context: InvocationContext): Promise<void> => {
  const slot = slotOf(Date.now());
  const input = { slot, since: slotOf(Date.parse(timer.scheduleStatus.last)) };
  const started = await startOnce(client, 'syncTenants', `sync-${slot}`, input);
  if (!started) context.info('the run of this minute is under way');
};

app.client.timer('scheduledSync', { schedule: syncSchedule, handler: scheduledSync });
