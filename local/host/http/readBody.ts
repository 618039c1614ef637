import type { IncomingMessage } from 'node:http';

/** The real host's default, FUNCTIONS_REQUEST_BODY_SIZE_LIMIT. */
export const maxBodyBytes = 104_857_600;

/** The body is larger than the host takes. */
export class BodyTooLargeError extends Error {}

/**
 * The raw bytes of a request. The host hands a body on only with a Content-Length above 0: a chunked one is read and
 * dropped, and so is answered as undefined.
 * @throws BodyTooLargeError
 */
export async function readBody(request: IncomingMessage, limitBytes = maxBodyBytes): Promise<Buffer | undefined> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) throw new BodyTooLargeError();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new BodyTooLargeError();
    if (announced > 0) chunks.push(chunk);
  }
  return announced > 0 ? Buffer.concat(chunks) : undefined;
}
