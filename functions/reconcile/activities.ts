import { activity } from '../../shared/durable';
import type { Tenant } from '../../shared/model/tenant';
import type { NightSummary } from '../../shared/reconcile/closeNight';
import { closeNight as writeNight } from '../../shared/reconcile/closeNight';
import type { NightShard } from '../../shared/reconcile/reconcileShard';
import { reconcileShard as readShard } from '../../shared/reconcile/reconcileShard';
import type { JobId } from '../../shared/reconcile/stepJob';
import { stepJob } from '../../shared/reconcile/stepJob';
import { planTenants } from '../../shared/sync/shards/planTenants';
import { services } from '../services';

/** Cheap steps are run again at once; a shard is not: the next round makes up for it. */
const again = { attempts: 3 };

const isRead = ({ enabled }: Tenant): boolean => enabled;

export const planNight = activity('planNight', async () => planTenants((await services()).plan, isRead), again);

export const reconcileShard = activity('reconcileShard', async (input: NightShard) =>
  readShard((await services()).night, input),
);

const keepNight = async (input: NightSummary): Promise<void> => writeNight((await services()).storage.runs, input);
export const closeNight = activity('closeNight', keepNight, again);

export const stepReconcile = activity('stepReconcile', async (id: JobId) => stepJob((await services()).job, id), {
  attempts: 5,
  retryAfterMs: 30_000,
});
