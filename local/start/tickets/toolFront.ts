import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeChange, FakeTool } from '../../tools/fakeTool';
import type { ToolKind } from './kinds';
import { listPage, ticketPage } from './ticketPage';
import type { ToolEntry } from './toolJournal';
import { openToolJournal } from './toolJournal';

/** A tool that keeps what was done in it, is reached where it was before, and shows its tickets to browsers. */
export interface ToolFront {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly tool: FakeTool;
  /** As a person does; kept. @throws where the tool would not allow it */
  change(ticketId: string, change: FakeChange): Promise<void>;
  /** When a person closes a ticket on its page. */
  onClose(close: (ticketId: string) => Promise<void>): void;
  stop(): Promise<void>;
}

/** Starts the tool with all that the file says was done in it. @throws Error where the file does not lead there */
export async function startToolFront(kind: ToolKind, file: string, secret: string): Promise<ToolFront> {
  const journal = openToolJournal(file);
  let replayedMs: number | undefined;
  const tool = await kind.start({ secret, now: () => replayedMs ?? Date.now() });
  const authorization = `Basic ${Buffer.from(`${kind.user}:${secret}`).toString('base64')}`;
  for (const entry of journal.entries) {
    replayedMs = entry.at;
    await replay(tool, entry, authorization, file);
  }
  replayedMs = undefined;

  // Numbers follow the order of what is done, so that is the order it is kept in.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const change = (ticketId: string, done: FakeChange): Promise<void> =>
    inTurn(async () => {
      const at = Date.now();
      await tool.change(ticketId, done);
      journal.append({ at, ticketId, change: done });
    });
  let close: (ticketId: string) => Promise<void> = (ticketId) =>
    change(ticketId, { status: kind.closed[0], resolution: kind.resolution, by: kind.person });

  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [method, path] = [request.method ?? 'GET', request.url ?? '/'];
    const body = await bodyOf(request);
    const call = async () => {
      const at = Date.now();
      const answer = await ask(tool, { method, path, body, headers: headersOf(request) });
      if (isWrite(method, path) && answer.status < 300)
        journal.append({ at, method, path, body, status: answer.status });
      return answer;
    };
    const { status, headers, text } = await (isWrite(method, path) ? inTurn(call) : call());
    response.writeHead(status, headers).end(text);
  };
  const show = (response: ServerResponse, status: number, text: string): void => {
    response.writeHead(status, pageHeaders).end(text);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    if (method === 'GET' && url === '/') {
      show(response, 200, listPage(kind, tool.tickets()));
      return;
    }
    const shown = tool.tickets().find((ticket) => kind.pageOf(ticket) === url);
    if (shown === undefined) return passOn(request, response);
    // Another site's page may not press the button.
    const isAllowed = method === 'POST' && request.headers['sec-fetch-site'] !== 'cross-site';
    if (method === 'GET') show(response, 200, ticketPage(kind, shown));
    else if (!isAllowed) show(response, 403, '');
    else {
      if (!kind.closed.includes(shown.status)) await close(shown.ticketId);
      response.writeHead(303, { location: url }).end();
    }
  };

  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 120_000;
  const port = await listen(server, journal.port);
  if (port !== journal.port) journal.moveTo(port);
  return {
    url: `http://127.0.0.1:${port}`,
    tool,
    change,
    onClose: (given) => {
      close = given;
    },
    stop: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), tool.stop()]);
    },
  };
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Jira searches by POST. */
const isWrite = (method: string, path: string): boolean => method !== 'GET' && !path.startsWith('/rest/api/3/search');

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function ask(
  { url }: FakeTool,
  { method, path, body, headers }: Asked,
): Promise<{ status: number; headers: Readonly<Record<string, string>>; text: string }> {
  const answer = await fetch(`${url}${path}`, { method, headers, ...(method === 'GET' ? {} : { body }) });
  const told = ['content-type', 'retry-after'].flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { status: answer.status, headers: Object.fromEntries(told), text: await answer.text() };
}

async function replay(tool: FakeTool, entry: ToolEntry, authorization: string, file: string): Promise<void> {
  if ('change' in entry) return tool.change(entry.ticketId, entry.change);
  const { method, path, body, status } = entry;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await ask(tool, { method, path, body, headers });
  if (answer.status !== status) throw new Error(`${file} is damaged: use another folder, or empty it`);
}

const headersOf = ({ headers: { authorization, 'content-type': type } }: IncomingMessage): Record<string, string> => ({
  ...(authorization === undefined ? {} : { authorization }),
  ...(type === undefined ? {} : { 'content-type': type }),
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** On the port of before where it is free, so that links to tickets stay good. */
function listen(server: ReturnType<typeof createServer>, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (wanted === 0) reject(error);
      else server.once('error', reject).listen(0, '127.0.0.1');
    });
    server.once('listening', () => resolve((server.address() as AddressInfo).port)).listen(wanted, '127.0.0.1');
  });
}
