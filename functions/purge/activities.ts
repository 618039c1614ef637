import { activity } from '../../shared/durable';
import type { PurgeShard } from '../../shared/purge/purgeShard';
import { purgeShard as purge, purgeShared as purgeRest } from '../../shared/purge/purgeShard';
import { planTenants } from '../../shared/sync/shards/planTenants';
import { services } from '../services';

/** Cheap steps are run again at once; a shard is not: the next day makes up for it. */
const again = { attempts: 3 };

export const planPurge = activity('planPurge', async () => planTenants((await services()).plan, () => true), again);

export const purgeShard = activity('purgeShard', async (input: PurgeShard) => purge((await services()).purge, input));

export const purgeShared = activity('purgeShared', async () => purgeRest((await services()).purge), again);
