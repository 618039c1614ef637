import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppFunction } from '../appFunction';
import type { Invoke } from '../invoke';
import type { WriteLog } from '../log';
import type { InvocationResponse } from '../rpc';
import { describeThrown } from '../thrown';
import { fromRpcResponse, toRpcRequest, type Answer } from './convert';
import { BodyTooLargeError, readBody } from './readBody';
import type { FindRoute } from './routes';

/** Answers a request itself, or says undefined to leave it to the functions. */
export type AdminHandler = (method: string, path: string, body: Buffer | undefined) => Answer | undefined;

export interface HttpFront {
  readonly port: number;
  /** Until this is called every request is answered 503. */
  open(routes: FindRoute, admin: AdminHandler, invoke: Invoke): void;
  /** Answers 503 to whatever comes from now on; requests under way get their answer. */
  stopAccepting(): void;
  /** Ends what is still open. */
  close(): Promise<void>;
}

const notFound: Answer = { status: 404, headers: [], body: undefined };
const failed: Answer = { status: 500, headers: [], body: undefined };
const unavailable: Answer = { status: 503, headers: [['connection', 'close']], body: undefined };

/**
 * Listens on 127.0.0.1; port 0 takes any free one. The port is taken before the app is loaded, so that a taken one
 * is known at once.
 * @throws Error with code EADDRINUSE
 */
export async function listen(port: number, log: WriteLog): Promise<HttpFront> {
  let answer: (request: IncomingMessage) => Promise<Answer> = () => Promise.resolve(unavailable);
  const server = createServer((request, response) => {
    void respond(answer(request), request, response, log);
  });
  // Slow senders are cut off after 5 minutes; an idle connection is kept long enough for a client's pool.
  server.requestTimeout = 300_000;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 65_000;
  const actual = await listenOn(server, port);
  return {
    port: actual,
    open(routes, admin, invoke) {
      answer = (request) => handle(request, routes, admin, invoke, log);
    },
    stopAccepting() {
      answer = () => Promise.resolve(unavailable);
      server.closeIdleConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Starts a server on 127.0.0.1 and answers its port. @throws Error with code EADDRINUSE */
export function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function handle(
  request: IncomingMessage,
  routes: FindRoute,
  admin: AdminHandler,
  invoke: Invoke,
  log: WriteLog,
): Promise<Answer> {
  const url = readUrl(request);
  if (!url) return { status: 400, headers: [], body: undefined };
  const method = request.method ?? 'GET';
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const body = await readBody(request);
  const own = admin(method, path, body);
  if (own) return own;
  const match = routes(method, path);
  if (!match) return method === 'GET' && path === '/' ? homePage() : notFound;
  const { target, params } = match;
  const traceParent = request.headers.traceparent;
  try {
    const response = await invoke(target, {
      trigger: { http: toRpcRequest(request, url, params, body) },
      ...(typeof traceParent === 'string' ? { traceParent } : {}),
    });
    return fromRpcResponse(httpOutput(target, response));
  } catch (error) {
    const { message, stack } = describeThrown(error);
    log('Error', `Function.${target.name}`, stack === '' ? message : stack, target.name);
    return failed;
  }
}

/** The value of the http out binding, be it the return value or an extra output. */
function httpOutput(target: AppFunction, response: InvocationResponse) {
  const binding = target.outputs.find(({ type }) => type === 'http');
  if (!binding) return undefined;
  if (binding.name === '$return') return response.returnValue;
  return response.outputData?.find(({ name }) => name === binding.name)?.data;
}

function readUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/')) return undefined;
  try {
    return new URL(`http://${request.headers.host ?? ''}${target}`);
  } catch {
    return undefined;
  }
}

function homePage(): Answer {
  return {
    status: 200,
    headers: [['content-type', 'text/plain; charset=utf-8']],
    body: Buffer.from('The function app is up and running.\n'),
  };
}

async function respond(
  pending: Promise<Answer>,
  request: IncomingMessage,
  response: ServerResponse,
  log: WriteLog,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await pending;
  } catch (error) {
    if (request.destroyed && !request.complete) {
      response.destroy(); // The client went away in the middle of its body.
      return;
    }
    answer = { ...failed, status: error instanceof BodyTooLargeError ? 413 : 500, headers: [['connection', 'close']] };
    if (!(error instanceof BodyTooLargeError)) log('Error', 'Host.Http', describeThrown(error).message);
  }
  send(answer, response);
}

function send(answer: Answer, response: ServerResponse): void {
  const cookies = answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  if (answer.body) response.setHeader('content-length', answer.body.length);
  else if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', 0);
  response.end(answer.body);
}
