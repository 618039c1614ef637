import { UpstreamError } from '../errors';
import type { Clock, Send } from '../ports';

/** Less is not worth a call: it would be cut off with its effect unknown. */
const leastMs = 2_000;

/**
 * A Send whose calls are over by `untilMs` (of `clock.elapsedMs`): whoever holds a lane for two minutes must not have a call under way
 * when another takes it over. @throws UpstreamError where too little time is left
 */
export const sendUntil =
  (send: Send, clock: Clock, untilMs: number): Send =>
  (request) => {
    const leftMs = untilMs - clock.elapsedMs();
    if (leftMs < leastMs) return Promise.reject(new UpstreamError('Too little time is left for this call'));
    return send({ ...request, timeoutMs: Math.min(request.timeoutMs, leftMs) });
  };
