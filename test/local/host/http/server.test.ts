import { request } from 'node:http';
import { createWorkbench, until, type HostProcess, type Workbench } from '../support/workbench';

let bench: Workbench;
let appRoot: string;
let host: HostProcess;

beforeAll(async () => {
  bench = createWorkbench();
  appRoot = bench.fixture('http');
  host = await bench.start(appRoot);
});
afterAll(() => bench.close());

const get = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);

async function seen(path: string, init?: RequestInit) {
  const response = await get(path, init);
  return response.ok ? ((await response.json()) as Record<string, unknown>) : response.status;
}

describe('answers', () => {
  it.each([
    ['undefined', 204, '', null],
    ['null', 204, '', null],
    ['emptyObject', 200, '', null],
    ['string', 500, '', null],
    ['number', 500, '', null],
    ['array', 200, '', null],
    ['nullJson', 200, '', null],
    ['objectBody', 200, '[object Object]', 'text/plain;charset=UTF-8'],
    ['textBody', 200, 'text', 'text/plain;charset=UTF-8'],
    ['response', 201, 'native', 'text/plain;charset=UTF-8'],
    ['status99', 500, '', null],
    ['status600', 500, '', null],
    ['body204', 204, '', null],
    ['throws', 500, '', null],
    ['throwsObject', 500, '', null],
    ['throwsUndefined', 204, '', null],
  ])('%s gives %i', async (name, status, body, type) => {
    const response = await get(`/api/answers/${name}`);
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      status,
      body,
      type,
    ]);
  });

  it('a Buffer body keeps its bytes and has no content type', async () => {
    const response = await get('/api/answers/buffer');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 1]);
    expect(response.headers.get('content-type')).toBeNull();
  });

  it('of two set-cookie headers only the last is kept', async () => {
    expect((await get('/api/answers/twoCookieHeaders')).headers.getSetCookie()).toEqual(['b=2']);
  });

  it('cookies are written with their attributes', async () => {
    expect((await get('/api/answers/cookies')).headers.getSetCookie()).toEqual([
      'a=1%202; max-age=60; path=/; secure; samesite=lax; httponly',
      'b=2; expires=Sat, 21 Nov 2026 00:00:00 GMT; path=/api; samesite=none',
    ]);
  });

  it('an http binding among the extra outputs is the answer', async () => {
    expect((await get('/api/by-output')).status).toBe(202);
  });

  it('a function past functionTimeout is answered 500 and logged', async () => {
    expect((await get('/api/answers/slow')).status).toBe(500);
    await until(() => (host.log().includes('was exceeded by function: answer-slow') ? true : undefined));
  });

  it('the error of a failing function is logged with its name', async () => {
    await get('/api/answers/throws');
    await until(() => (host.log().includes('Error [answer-throws] Error: boom') ? true : undefined));
  });
});

describe('routes', () => {
  const tenantId = 'B1F6A6C0-0000-4000-8000-000000000001';

  it.each([
    ['/api/tenants/7', 'tenant', { tenantId: '7' }],
    ['/api/tenants/a%20b%2Fc', 'tenant', { tenantId: 'a b/c' }],
    ['/API/Tenants/All', 'literal', {}],
    ['/api/tenants/7/incidents', 'incident', { tenantId: '7' }],
    ['/api/tenants/7/incidents/9', 'incident', { tenantId: '7', incidentId: '9' }],
    ['/api/things/12', 'byNumber', { id: '12' }],
    [`/api/things/${tenantId}`, 'byGuid', { id: tenantId }],
    ['/api/things/abc', 'byLetters', { id: 'abc' }],
    ['/api/things/a-1', 'anyThing', { id: 'a-1' }],
    ['/api/codes/abc', 'short', { code: 'abc' }],
    ['/api/files', 'files', {}],
    ['/api/files/a/b%20c', 'files', { rest: 'a/b c' }],
    ['/api/colours', 'colour', { name: 'red' }],
    ['/api/colours/blue', 'colour', { name: 'blue' }],
    ['/api/byName', 'byName', {}],
    ['/api/byName/', 'byName', {}],
  ])('%s runs %s', async (path, name, params) => {
    expect(await seen(path)).toMatchObject({ name, params });
  });

  it.each(['/api/codes/a', '/api/codes/abcd', '/api/nothing', '/tenants/7', '/api/tenants/7/8', '/api/things/%zz'])(
    '%s is 404 with no body',
    async (path) => {
      const response = await get(path);
      expect([response.status, await response.text()]).toEqual([404, '']);
    },
  );

  it('a method no route takes is 404, not 405', async () => {
    expect((await get('/api/tenants/7', { method: 'DELETE' })).status).toBe(404);
    expect((await get('/api/tenants/7', { method: 'HEAD' })).status).toBe(404);
  });

  it('two functions share a route by method', async () => {
    expect(await seen('/api/tenants/7', { method: 'POST' })).toMatchObject({ name: 'postTenant', method: 'POST' });
  });

  it('the query is decoded, a key given twice is joined by a comma', async () => {
    expect(await seen('/api/byName?a=1&a=2&b=x%20y&c')).toMatchObject({ query: { a: '1,2', b: 'x y', c: '' } });
  });

  it('the url is the one that was asked for', async () => {
    expect(await seen('/api/byName?a=%20')).toMatchObject({ url: `${host.url}/api/byName?a=%20` });
  });

  it('the management routes of Durable do not exist on the public port', async () => {
    for (const path of ['/durabletask/instances/', '/runtime/webhooks/durabletask/instances/']) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

describe('request bodies', () => {
  it('arrive byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    const response = await get('/api/body', {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/json' },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
  });

  it('are dropped when sent in chunks, as the host hands on only what has a Content-Length', async () => {
    const answer = await new Promise((resolve, reject) => {
      const outgoing = request(`${host.url}/api/body`, { method: 'POST' }, (incoming) => {
        incoming.resume();
        resolve([incoming.statusCode, incoming.headers['content-length']]);
      });
      outgoing.on('error', reject);
      outgoing.write('some');
      outgoing.end('thing');
    });
    expect(answer).toEqual([200, '0']);
  });

  it('above 100 MB are refused with 413', async () => {
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(
        `${host.url}/api/body`,
        { method: 'POST', headers: { 'content-length': 104_857_601 } },
        (incoming) => {
          resolve(incoming.statusCode);
          outgoing.destroy();
        },
      );
      outgoing.on('error', reject);
      outgoing.flushHeaders();
    });
    expect(status).toBe(413);
  });
});

describe('hooks and logs', () => {
  it('invocation hooks may replace handler and result', async () => {
    expect(await seen('/api/hooked')).toEqual({ from: 'the hook', seen: 'before' });
  });

  it('context.log lines carry level and function, log hooks may change them, debug is below the default', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(await seen('/api/logs', { headers: { traceparent } })).toEqual({ trace: traceparent, retry: null });
    const lines = await until(() => (host.log().includes('***') ? host.log().split('\n') : undefined));
    expect(lines.find((line) => line.includes('a line'))).toMatch(
      /^\d\d:\d\d:\d\d Information \[logs\] a line \{ n: 1 \}$/,
    );
    expect(lines.find((line) => line.includes('***'))).toMatch(/Warning \[logs\] \*\*\*$/);
    expect(host.log()).not.toContain('a quiet line');
  });

  it('appStart has run before the first request', () => {
    expect(host.log()).toContain('hook: appStart');
  });
});

describe('admin', () => {
  it('GET /admin/host/status says Running and counts the functions', async () => {
    expect(await seen('/admin/host/status')).toMatchObject({ state: 'Running', functionsCount: host.functions.length });
  });

  it('GET /admin/functions lists the functions with their bindings', async () => {
    const list = (await (await get('/admin/functions')).json()) as {
      name: string;
      config: { bindings: { type: string }[] };
    }[];
    expect(list.map(({ name }) => name).sort()).toEqual([...host.functions].sort());
    expect(list[0]?.config.bindings[0]?.type).toBe('httpTrigger');
  });

  it('POST /admin/functions/{name} is 404 for an unknown function and 400 for an HTTP one', async () => {
    expect((await get('/admin/functions/nobody', { method: 'POST' })).status).toBe(404);
    expect((await get('/admin/functions/byName', { method: 'POST' })).status).toBe(400);
  });
});

describe('the process', () => {
  it('a floating rejection ends it, as it ends the real worker', async () => {
    const own = await bench.start(appRoot);
    const exited = new Promise((resolve) => own.process.once('exit', resolve));
    await fetch(`${own.url}/api/floatingRejection`).catch(() => undefined);
    expect(await exited).toBe(1);
    expect(own.log()).toContain('nobody caught this');
  });

  it('a frozen error ends it, as it ends the real worker', async () => {
    const own = await bench.start(appRoot);
    const exited = new Promise((resolve) => own.process.once('exit', resolve));
    await fetch(`${own.url}/api/frozenError`).catch(() => undefined);
    expect(await exited).not.toBe(0);
    expect(own.log()).toContain('Cannot report a frozen error: cold');
  });

  it('registering a function after start throws', async () => {
    expect((await get('/api/lateRegistration')).status).toBe(500);
    await until(() => (host.log().includes('can only be registered during app startup') ? true : undefined));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s runs appTerminate hooks and ends it with 0', async (signal) => {
    const own = await bench.start(appRoot);
    expect(await own.end(signal)).toBe(0);
    expect(own.log()).toContain('hook: appTerminate');
  });

  it('a request under way when the host stops gets its answer, a later one does not', async () => {
    const own = await bench.start(appRoot);
    const pending = fetch(`${own.url}/api/answers/pause`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const exitCode = own.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const late = await fetch(`${own.url}/api/answers/undefined`);
    expect([await (await pending).text(), late.status, await exitCode]).toEqual(['after all', 503, 0]);
  });

  it('a parent that goes away ends it', async () => {
    const own = await bench.start(appRoot);
    const exited = new Promise((resolve) => own.process.once('exit', resolve));
    own.process.disconnect();
    expect(await exited).toBe(0);
  });

  it('a taken port is EADDRINUSE and exit code 2', async () => {
    const port = Number(new URL(host.url).port);
    const failed = await bench.startFailing(appRoot, { port });
    expect([failed.code, failed.exitCode]).toEqual(['EADDRINUSE', 2]);
    expect(failed.stderr).toContain(String(port));
  });
});
