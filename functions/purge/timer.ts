import type { Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { app } from 'durable-functions';
import { purgeHistory } from '../../shared/purge/purgeHistory';
import { slotOf } from '../../shared/sync/shards/schedule';
import { durableOrchestrations } from '../orchestrations';
import { services } from '../services';
import { startOnce } from '../startOnce';

/** After the nightly deep read has begun, in the quiet hours of most customers. */
const schedule = '0 15 3 * * *';

/** The tenants' part runs as an orchestration of its own; the task hub's own history only a client can purge. */
export const scheduledPurge = async (_: Timer, client: DurableClient): Promise<void> => {
  const slot = slotOf(Date.now());
  await startOnce(client, 'purgeTenants', `purge-${slot}`, { slot });
  const { purge } = await services();
  await purgeHistory({ ...purge, orchestrations: durableOrchestrations(client) });
};

app.client.timer('scheduledPurge', { schedule, handler: scheduledPurge });
