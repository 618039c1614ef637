import type { DurableClient } from 'durable-functions';
import { messageOf, UpstreamError } from '../shared/errors';

const tries = 3;

/**
 * Starts an orchestration under a built id; false where it is under way already (the extension answers 409, and the SDK has no type for
 * it). Only the next turn repairs a start that failed, so it is tried three times.
 * @throws UpstreamError
 */
export const startOnce = async (
  client: DurableClient,
  name: string,
  instanceId: string,
  input: object,
): Promise<boolean> => {
  let cause: unknown;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    try {
      await client.startNew(name, { instanceId, input });
      return true;
    } catch (error) {
      if (/\b409\b/.test(messageOf(error))) return false;
      cause = error;
    }
  }
  throw new UpstreamError(`The orchestration ${name} could not be started`, { cause });
};
