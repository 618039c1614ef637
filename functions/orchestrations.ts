import type { DurableClient, DurableOrchestrationStatus } from 'durable-functions';
import { OrchestrationRuntimeStatus } from 'durable-functions';
import { messageOf, UpstreamError } from '../shared/errors';
import type { Orchestration, Orchestrations } from '../shared/ports';
import { startOnce } from './startOnce';

const { Running, Pending, ContinuedAsNew, Suspended, Completed, Failed, Terminated, Canceled } =
  OrchestrationRuntimeStatus;
const live: readonly OrchestrationRuntimeStatus[] = [Running, Pending, ContinuedAsNew, Suspended];

/** The task hub through the SDK's client. */
export const durableOrchestrations = (client: DurableClient): Orchestrations => ({
  underWay: () =>
    asked(async () => {
      const found = await client.getStatusBy({ runtimeStatus: [...live] });
      return found.map(toOrchestration);
    }),
  find: (instanceId) =>
    asked(async () => {
      try {
        return toOrchestration(await client.getStatus(instanceId, { showInput: false }));
      } catch (error) {
        // The SDK rejects for an id there is not, with the status in its text only.
        if (messageOf(error).includes('HTTP 404')) return undefined;
        throw error;
      }
    }),
  terminate: (instanceId, reason) =>
    asked(async () => {
      try {
        await client.terminate(instanceId, reason);
      } catch (error) {
        if (!/\b(?:404|410)\b|No instance/i.test(messageOf(error))) throw error;
      }
    }),
  start: (name, instanceId, input) => startOnce(client, name, instanceId, input),
  forget: (fromMs, toMs) =>
    asked(async () => {
      const { instancesDeleted } = await client.purgeInstanceHistoryBy({
        createdTimeFrom: new Date(fromMs),
        createdTimeTo: new Date(toMs),
        runtimeStatus: [Completed, Failed, Terminated, Canceled],
      });
      return instancesDeleted;
    }),
});

const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask();
  } catch (cause) {
    throw new UpstreamError('The task hub did not answer as expected', { cause });
  }
};

const toOrchestration = (status: DurableOrchestrationStatus): Orchestration => ({
  name: status.name,
  instanceId: status.instanceId,
  isUnderWay: live.includes(status.runtimeStatus),
  updatedAtMs: new Date(status.lastUpdatedTime).getTime(),
});
