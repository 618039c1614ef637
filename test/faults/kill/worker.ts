import { services } from '../../../functions/services';
import { planShards } from '../../../shared/sync/shards/planShards';
import { slotOf } from '../../../shared/sync/shards/schedule';
import { syncShard } from '../../../shared/sync/shards/syncShard';

/** The app's services without its host, reading every tenant round and round until the process is killed. */
const main = async (): Promise<void> => {
  const { plan, shard } = await services();
  process.once('disconnect', () => process.exit(0));
  process.send?.('up');
  for (;;) {
    const now = Date.now();
    // Everyone's turn, each time.
    const turns = { slot: slotOf(now, 1000), since: slotOf(now - 3_600_000, 1000) };
    const { shardCount } = await planShards(plan, turns);
    const first = Math.floor(Math.random() * Math.max(1, shardCount));
    for (let at = 0; at < shardCount; at += 1)
      await syncShard(shard, { ...turns, shard: (first + at) % shardCount, shardCount });
    process.send?.('round');
  }
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
  process.disconnect();
});
