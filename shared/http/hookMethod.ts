import type { HttpRequest, InvocationContext } from '@azure/functions';
import { z } from 'zod';
import type { Answer } from './answers';
import type { Method } from './method';
import { problem } from './problem';
import type { HttpServices } from './services';

/** What a sender brings. Nothing of it is checked but its size. */
export interface HookCall {
  readonly services: HttpServices;
  /** Of the route template. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Byte for byte: signatures are over these, and a text would lose a byte order mark and what is no UTF-8. */
  readonly body: Buffer;
  readonly context: InvocationContext;
}

export interface HookSpec {
  readonly summary: string;
  /** Default 1 MB. */
  readonly maxBytes?: number;
  /** Has to prove the sender by its signature over the body; nobody is known by a token here. */
  readonly handler: (call: HookCall) => Promise<Answer>;
}

/** A method for tools that sign what they send. What is too large is answered 413 before anything else, and is not read to its end. */
export const hookMethod = ({ summary, maxBytes = 1024 * 1024, handler }: HookSpec): Method => ({
  policy: 'signature',
  summary,
  finds: true,
  query: z.strictObject({}),
  body: undefined,
  run: async (ready, request, context) => {
    if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge(maxBytes);
    const body = await readAtMost(request, maxBytes);
    if (body === undefined) return tooLarge(maxBytes);
    const headers = Object.fromEntries(request.headers.entries());
    return handler({ services: await ready(), params: { ...request.params }, headers, body, context });
  },
});

/** Undefined where there is more. */
const readAtMost = async ({ body }: HttpRequest, maxBytes: number): Promise<Buffer | undefined> => {
  if (body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const tooLarge = (maxBytes: number): Answer =>
  problem({
    title: 'Too large',
    status: 413,
    code: 'ERR_REQUEST',
    detail: `A webhook may have ${maxBytes} bytes at the most.`,
  });
