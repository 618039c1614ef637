import type { Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { app } from 'durable-functions';
import { sweep } from '../../shared/sweep/sweep';
import { durableOrchestrations } from '../orchestrations';
import { services, sweepSchedule } from '../services';

export const scheduledSweep = async (_: Timer, client: DurableClient): Promise<void> => {
  const { sweep: deps } = await services();
  await sweep({ ...deps, orchestrations: durableOrchestrations(client) });
};

app.client.timer('scheduledSweep', { schedule: sweepSchedule, handler: scheduledSweep });
