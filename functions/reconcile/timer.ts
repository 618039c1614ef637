import type { InvocationContext, Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { app } from 'durable-functions';
import { slotOf } from '../../shared/sync/shards/schedule';
import { reconcileSchedule } from '../services';
import { startOnce } from '../startOnce';

/** Starts the night's deep read; its id names the slot, so a timer that fires twice starts it once. */
export const scheduledReconcile = async (
  _: Timer,
  client: DurableClient,
  context: InvocationContext,
): Promise<void> => {
  const slot = slotOf(Date.now());
  const started = await startOnce(client, 'reconcileTenants', `reconcile-${slot}`, { slot });
  if (!started) context.info('the deep read of this slot is under way');
};

app.client.timer('scheduledReconcile', { schedule: reconcileSchedule, handler: scheduledReconcile });
