import { Agent, request } from 'undici';
import { UpstreamError, messageOf } from './errors';
import type { Send } from './ports';

/** A page of 50 incidents is about 1 MB; nothing honest comes near this. */
const maxBodyBytes = 64 * 1024 * 1024;

/** HTTP over undici: connections kept alive, one time limit for the whole call, no redirects. */
export const undiciSend = (): Send => {
  const dispatcher = new Agent({
    keepAliveTimeout: 30_000,
    connect: { timeout: 10_000 },
    maxResponseSize: maxBodyBytes,
  });
  return async ({ method, url, headers, body, timeoutMs }) => {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await request(url, { method, headers, body: body ?? null, signal, dispatcher });
      return { status: answer.statusCode, headers: flat(answer.headers), body: await answer.body.text() };
    } catch (cause) {
      throw new UpstreamError(`${method} ${new URL(url).host}: no whole answer (${messageOf(cause)})`, { cause });
    }
  };
};

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
