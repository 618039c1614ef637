import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HookTarget, SentHook, ToolCall, ToolFault } from './fakeTool';

export interface ToolRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Of the path, decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface ToolAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, undefined as nothing, anything else as JSON. */
  readonly body?: unknown;
}

export interface OutgoingHook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ToolServer {
  readonly url: string;
  calls(): readonly ToolCall[];
  play(fault: ToolFault): void;
  onWebhook(target: HookTarget | undefined): void;
  /** Sends one to the target, if there is one and `make` makes one; after those before it. Never throws. */
  sendHook(make: (target: HookTarget) => OutgoingHook | undefined): Promise<void>;
  hooks(): readonly SentHook[];
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface ToolServerOptions {
  readonly answer: (request: ToolRequest) => ToolAnswer;
  /** Larger bodies are answered 413, default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** How long a receiver of its webhooks may take, default 5 s. */
  readonly hookTimeoutMs?: number;
  /** Whether a receiver's answer (null: none) makes the tool send a webhook once more; default never. At most three times, without a pause. */
  readonly triesHookAgain?: (status: number | null) => boolean;
}

const tooLarge: ToolAnswer = { status: 413, headers: { connection: 'close' } };

/** Serves `answer` on a free port of the loopback interface, with faults on demand. */
export async function startToolServer({
  answer,
  maxBodyBytes = 4_194_304,
  hookTimeoutMs = 5_000,
  triesHookAgain = () => false,
}: ToolServerOptions): Promise<ToolServer> {
  const calls: ToolCall[] = [];
  const faults: { fault: ToolFault; left: number }[] = [];
  const hooks: SentHook[] = [];
  let target: HookTarget | undefined;
  let lastHook: Promise<void> = Promise.resolve();

  const takeFault = (call: string): ToolFault | undefined => {
    const position = faults.findIndex(({ fault }) => fault.on?.test(call) ?? true);
    const entry = faults[position];
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) faults.splice(position, 1);
    return entry.fault;
  };

  const outcome = (request: ToolRequest): ToolAnswer | 'cut' | 'hang' => {
    if (request.url.startsWith('/redirected')) return { status: 200, body: {} };
    const fault = takeFault(`${request.method} ${request.url}`);
    if (fault === undefined) return answer(request);
    if (fault.kind === 'hang') return 'hang';
    if (fault.kind === 'cutBefore') return 'cut';
    if (fault.kind === 'redirect') return { status: 302, headers: { location: '/redirected' } };
    if (fault.kind === 'status') {
      const wait = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      return { status: fault.status ?? 500, headers: { ...wait, ...fault.headers }, body: fault.body };
    }
    answer(request);
    return 'cut';
  };

  const respond = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(message, maxBodyBytes);
    const said = body === undefined ? tooLarge : outcome(toRequest(message, body));
    const isAnswer = typeof said === 'object';
    calls.push({ method: message.method ?? '', path: message.url ?? '', status: isAnswer ? said.status : null });
    if (isAnswer) writeAnswer(response, said);
    else if (said === 'cut') response.destroy();
  };

  const server = createServer((message, response) => {
    respond(message, response).catch((error: unknown) => {
      // A defect of the fake itself: whoever runs it should see it, and the caller should not hang.
      process.stderr.write(`fake tool: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // Pooled clients must not lose a race against an idle timeout.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    play: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    onWebhook: (given) => {
      target = given;
    },
    sendHook: (make) => {
      const to = target;
      if (to === undefined) return lastHook;
      const hook = make(to);
      if (hook === undefined) return lastHook;
      const { headers, body } = hook;
      lastHook = lastHook.then(async () => {
        for (let tries = 0; tries < 4; tries += 1) {
          const status = await post(to.url, headers, body, hookTimeoutMs);
          hooks.push({ headers, body, status });
          if (!triesHookAgain(status)) return;
        }
      });
      return lastHook;
    },
    hooks: () => hooks,
    settled: () => lastHook,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function writeAnswer(response: ServerResponse, { status, headers = {}, body }: ToolAnswer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const isText = typeof body === 'string';
  const bytes = Buffer.from(isText ? body : JSON.stringify(body));
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, ...headers }).end(bytes);
}

/** Undefined when too long. */
async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks);
}

function toRequest(message: IncomingMessage, body: Buffer): ToolRequest {
  const url = message.url ?? '';
  const [path = '', ...query] = url.split('?');
  return {
    method: message.method ?? '',
    url,
    segments: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decoded),
    query: new URLSearchParams(query.join('?')),
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body,
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<number | null> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}
