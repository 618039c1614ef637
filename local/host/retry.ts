import { setTimeout as sleep } from 'node:timers/promises';
import type { AppFunction } from './appFunction';
import type { Call, Invoke } from './invoke';
import type { InvocationResponse, RetryContext, RetryOptions, RpcDuration } from './rpc';
import { describeThrown } from './thrown';

/**
 * Calls a function under its own `retry` option (timers and queues): again at once in this process, after the
 * option's delay, at most `maxRetryCount` times. The last failure is thrown.
 * @throws InvocationError
 */
export async function invokeWithRetry(
  invoke: Invoke,
  target: AppFunction,
  call: Call,
  signal: AbortSignal,
): Promise<InvocationResponse> {
  const options = target.metadata.retryOptions;
  if (!options) return invoke(target, call);
  const maxRetryCount = options.maxRetryCount ?? 0;
  let retryContext: RetryContext | undefined;
  for (let retryCount = 0; ; retryCount++) {
    try {
      return await invoke(target, retryContext ? { ...call, retryContext } : call);
    } catch (error) {
      if (signal.aborted || (maxRetryCount >= 0 && retryCount >= maxRetryCount)) throw error;
      const { message, stack } = describeThrown(error);
      retryContext = {
        retryCount: retryCount + 1,
        maxRetryCount,
        exception: { message, source: '', stackTrace: stack },
      };
      await sleep(retryDelayMs(options, retryCount + 1), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The wait before retry 1, 2, 3 …: fixed, or doubling from the minimum up to the maximum interval. */
export function retryDelayMs(options: RetryOptions, retry: number): number {
  if (options.retryStrategy === 'fixedDelay') return toMs(options.delayInterval);
  return Math.min(toMs(options.minimumInterval) * 2 ** (retry - 1), toMs(options.maximumInterval));
}

function toMs(duration: RpcDuration | undefined): number {
  return (duration?.seconds ?? 0) * 1000;
}
