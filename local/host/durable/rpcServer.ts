import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { readBody } from '../http/readBody';
import { listenOn } from '../http/server';
import type { WriteLog } from '../log';
import { describeThrown } from '../thrown';
import { rpcPrefix, toClientBinding, webhookPrefix } from './clientBinding';
import type { Engine, SendOutcome } from './engine';
import type { InstanceFilter } from './store';
import { purgeable } from './store';
import { hasEnded, type RuntimeStatus } from './instance';
import { statusCode, toStatusView, type StatusOptions } from './statusView';

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export interface RpcServer {
  /** JSON text for `durableClient` input bindings. */
  readonly clientBinding: string;
  serve(engine: Engine): void;
  close(): Promise<void>;
}

/**
 * The Durable HTTP API on 127.0.0.1 and a port of its own: under `/durabletask/` for the SDK, and under the webhook
 * path, with a key, for management URLs. The app's public port never answers them.
 */
export async function startRpcServer(hubName: string, log: WriteLog): Promise<RpcServer> {
  const code = randomBytes(24).toString('base64url');
  let engine: Engine | undefined;
  const server = createServer((request, response) => {
    void answer(request, engine, code)
      .catch((error: unknown): Reply => {
        log('Error', 'Host.Durable', describeThrown(error).message);
        return { status: 500, body: { Message: describeThrown(error).message } };
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
  });
  server.keepAliveTimeout = 65_000;
  const port = await listenOn(server, 0);
  return {
    clientBinding: toClientBinding({ origin: `http://127.0.0.1:${port}`, hubName, code }),
    serve(running) {
      engine = running;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, engine: Engine | undefined, code: string): Promise<Reply> {
  const url = new URL(`http://127.0.0.1${request.url ?? '/'}`);
  const prefix = [rpcPrefix, webhookPrefix].find((candidate) => url.pathname.startsWith(candidate));
  const body = (await readBody(request))?.toString('utf8') ?? '';
  if (prefix === undefined) return { status: 404 };
  if (prefix === webhookPrefix && url.searchParams.get('code') !== code) return { status: 401 };
  if (!engine) return { status: 503 };
  const [collection, ...rest] = url.pathname.slice(prefix.length).split('/').map(decodeURIComponent);
  const call: ApiCall = { engine, method: request.method ?? 'GET', query: url.searchParams, body };
  if (collection === 'orchestrators') return startInstance(call, rest);
  if (collection === 'instances')
    return rest[0] === undefined || rest[0] === '' ? manyInstances(call) : oneInstance(call, rest);
  if (collection === 'entities') return { status: 501, body: { Message: 'local/host does not support entities.' } };
  return { status: 404 };
}

interface ApiCall {
  readonly engine: Engine;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Up to 100 characters, no @ first, none of / \ # ? and no control character. */
const validInstanceId = /^(?!@)[^/\\#?\p{Cc}]{1,100}$/u;

function startInstance({ engine, method, query, body }: ApiCall, [name = '', id]: readonly string[]): Reply {
  if (method !== 'POST') return { status: 405 };
  const known = engine.orchestrator(name);
  if (known === undefined) return badArgument(engine.explainUnknown(name));
  if (id !== undefined && !validInstanceId.test(id)) return badArgument(`Instance ID '${id}' is not valid.`);
  if (body !== '' && !isJson(body)) return { status: 400, body: { Message: 'Invalid JSON content' } };
  // Without an input the host stores an empty text, and that is what getInput() gives.
  const input = body === '' ? '""' : body;
  const started = engine.start({ name: known, id, version: query.get('version') ?? undefined, input });
  if (started.started) return { status: 202, body: { id: started.id } };
  const status = engine.instances.get(started.id)?.status ?? 'Running';
  return { status: 409, body: { Message: `An Orchestration instance with the status ${status} already exists.` } };
}

function oneInstance(call: ApiCall, [id = '', operation, eventName]: readonly string[]): Reply {
  const { engine, method, query, body } = call;
  const instance = engine.instances.get(id);
  const reason = query.get('reason') ?? '';
  if (method === 'GET' && operation === undefined) {
    if (!instance) return { status: 404 };
    return { status: statusCode(instance), body: toStatusView(instance, readOptions(query)) };
  }
  if (method === 'DELETE' && operation === undefined) {
    if (!instance || !hasEnded(instance)) return { status: 404 };
    engine.instances.remove(instance);
    return { status: 200, body: { instancesDeleted: 1 } };
  }
  if (method !== 'POST') return { status: 405 };
  switch ((operation ?? '').toLowerCase()) {
    case 'raiseevent':
      if (body !== '' && !isJson(body)) return { status: 400, body: { Message: 'Invalid JSON content' } };
      return toReply(engine.raiseEvent(id, eventName ?? '', body === '' ? 'null' : body));
    case 'terminate':
      return toReply(engine.terminate(id, reason));
    case 'suspend':
      return toReply(engine.suspend(id, reason));
    case 'resume':
      return toReply(engine.resume(id, reason));
    case 'rewind':
    case 'restart':
      return { status: 501, body: `local/host does not support ${operation ?? 'this'}.` };
    default:
      return { status: 404 };
  }
}

function manyInstances({ engine, method, query }: ApiCall): Reply {
  const filter: InstanceFilter = {
    createdFromMs: readTime(query, 'createdTimeFrom'),
    createdToMs: readTime(query, 'createdTimeTo'),
    statuses: (query.get('runtimeStatus') ?? '').split(',').filter((status) => status !== '') as RuntimeStatus[],
  };
  if (method === 'GET') {
    return {
      status: 200,
      body: engine.instances.list(filter).map((instance) => toStatusView(instance, readOptions(query))),
    };
  }
  if (method !== 'DELETE') return { status: 405 };
  if (filter.createdFromMs === undefined) return badArgument("Please provide value for 'createdTimeFrom' parameter.");
  const purged = purgeable(engine.instances, filter);
  for (const instance of purged) engine.instances.remove(instance);
  return purged.length === 0 ? { status: 404 } : { status: 200, body: { instancesDeleted: purged.length } };
}

function toReply(outcome: SendOutcome): Reply {
  return { status: { accepted: 202, unknown: 404, ended: 410 }[outcome] };
}

/** The extension's answer to an ArgumentException. */
function badArgument(message: string): Reply {
  return {
    status: 400,
    body: {
      Message: 'One or more of the arguments submitted is incorrect',
      ExceptionMessage: message,
      ExceptionType: 'System.ArgumentException',
    },
  };
}

function readOptions(query: URLSearchParams): StatusOptions {
  const flag = (name: string) => query.get(name)?.toLowerCase() === 'true';
  return {
    showInput: query.get('showInput')?.toLowerCase() !== 'false',
    showHistory: flag('showHistory'),
    showHistoryOutput: flag('showHistoryOutput'),
  };
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const time = Date.parse(query.get(name) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
