import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Answer, Request } from './answer';
import type { ServerIdentity } from './tls/serverIdentity';

export interface RunningServer {
  /** `http(s)://127.0.0.1:port`. */
  url: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  answer: (request: Request) => Answer | Promise<Answer>;
  /** Plain http without. */
  identity?: ServerIdentity;
  /** Whether to compress for callers that accept it, asked at each call. */
  compress?: () => boolean;
}

const maxBodyBytes = 1_048_576;
const compress = promisify(gzip);

/** Serves `answer` on a free port of the loopback interface. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const listener: RequestListener = (message, response) => {
    respond(options, message, response).catch((error: unknown) => {
      // A defect of the cloud itself: whoever runs it should see it, and the caller should not hang.
      process.stderr.write(
        `simulated cloud: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
  const server: Server =
    options.identity === undefined ? createHttpServer(listener) : createHttpsServer(options.identity, listener);
  // Pooled clients must not lose a race against an idle timeout.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  { answer, compress: mayCompress }: ServerOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(message);
  if (body === undefined) {
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const answered = await answer({
    method: message.method ?? '',
    url: message.url ?? '',
    headers: flatHeaders(message),
    body,
  });
  const accepts = /\bgzip\b/i.test(message.headers['accept-encoding'] ?? '');
  if (accepts && answered.body.length > 1_400 && mayCompress?.() === true) {
    const packed = await compress(answered.body, { level: 1 });
    response.writeHead(answered.status, {
      ...answered.headers,
      'content-encoding': 'gzip',
      'content-length': packed.length,
      vary: 'accept-encoding',
    });
    response.end(packed);
    return;
  }
  const bytes = Buffer.from(answered.body);
  response.writeHead(
    answered.status,
    answered.status === 204 ? answered.headers : { ...answered.headers, 'content-length': bytes.length },
  );
  response.end(bytes);
}

/** Undefined when too long. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flatHeaders(message: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
