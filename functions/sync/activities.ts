import { activity } from '../../shared/durable';
import type { RunSummary } from '../../shared/sync/shards/closeRun';
import { closeRun as writeRun } from '../../shared/sync/shards/closeRun';
import { planShards as plan } from '../../shared/sync/shards/planShards';
import { readRequestedTenant } from '../../shared/sync/run/requestedRun';
import type { Turns } from '../../shared/sync/shards/schedule';
import type { ShardInput } from '../../shared/sync/shards/syncShard';
import { syncShard as readShard } from '../../shared/sync/shards/syncShard';
import { services } from '../services';

/** Cheap steps are run again at once; a shard is not: the next minute makes up for it. */
const again = { attempts: 3 };

export const planShards = activity('planShards', async (input: Turns) => plan((await services()).plan, input), again);

export const syncShard = activity('syncShard', async (input: ShardInput) => readShard((await services()).shard, input));

const keepRun = async (input: RunSummary): Promise<void> => writeRun((await services()).storage.runs, input);
export const closeRun = activity('closeRun', keepRun, again);

export const syncTenant = activity('syncTenant', async (input: { tenantId: string; runId: string }) => {
  const { registry, storage, due, openJobs, pause, syncTenant: read } = await services();
  return readRequestedTenant({ registry, incidents: storage.incidents, due, openJobs, pause, read }, input);
});
