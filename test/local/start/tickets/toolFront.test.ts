import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolKind } from '../../../../local/start/tickets/kinds';
import { toolKinds } from '../../../../local/start/tickets/kinds';
import type { ToolFront } from '../../../../local/start/tickets/toolFront';
import { startToolFront } from '../../../../local/start/tickets/toolFront';

let folder: string;
let file: string;
let front: ToolFront | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xdr-relay-front-'));
  file = join(folder, 'tool.jsonl');
});
afterEach(async () => {
  await front?.stop();
  front = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (kind: ToolKind, secret = 'correct-horse'): Promise<ToolFront> => {
  await front?.stop();
  front = await startToolFront(kind, file, secret);
  return front;
};

const call = async (kind: ToolKind, path: string, body: object, password = 'correct-horse'): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`${kind.user}:${password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${front!.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return answer.status;
};

const makeIn: Readonly<Record<ToolKind['tool'], (kind: ToolKind, title: string) => Promise<number>>> = {
  servicenow: (kind, title) =>
    call(kind, '/api/now/v2/table/incident', { short_description: title, correlation_id: `t:${title}` }),
  jira: (kind, summary) =>
    call(kind, '/rest/api/3/issue', {
      fields: { project: { key: 'SEC' }, issuetype: { name: 'Task' }, summary },
      properties: [{ key: 'xdr-relay', value: { key: `t:${summary}` } }],
    }),
};

describe.each(toolKinds.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
  test('what was done in it is there after another start, at the same address, whatever the secret', async () => {
    const first = await start(kind);
    const { url } = first;
    expect(await makeIn[kind.tool](kind, 'one')).toBe(201);
    expect(await makeIn[kind.tool](kind, 'two')).toBe(201);
    const [one] = first.tool.tickets();
    await first.change(one!.ticketId, { status: kind.closed[0], resolution: kind.resolution, by: kind.person });
    const before = first.tool.tickets();

    const second = await start(kind, 'another secret');
    expect(second.url).toBe(url);
    expect(second.tool.tickets()).toEqual(before);
    expect(before.map(({ key }) => key)).toEqual(['t:one', 't:two']);
  });

  test('what it refused, and a wrong password, leave no trace', async () => {
    await start(kind);
    expect(await call(kind, '/api/now/v2/table/incident', { u: 1 })).toBeGreaterThanOrEqual(400);
    expect(await call(kind, '/rest/api/3/issue', {}, 'wrong')).toBe(401);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  test('a line torn by a crash is cut off, anything else that is no line of ours is refused', async () => {
    await start(kind);
    await makeIn[kind.tool](kind, 'one');
    appendFileSync(file, '{"at":1,"meth');
    expect((await start(kind)).tool.tickets()).toHaveLength(1);
    await front!.stop();
    front = undefined;
    writeFileSync(file, 'nonsense\n');
    await expect(startToolFront(kind, file, 'x')).rejects.toThrow('tool.jsonl is damaged');
  });

  test('a browser sees its tickets escaped, and its button closes one as a person does', async () => {
    const { url, tool } = await start(kind);
    await makeIn[kind.tool](kind, '<img src=x onerror=alert(1)>');
    const closed: string[] = [];
    front!.onClose((ticketId) => {
      closed.push(ticketId);
      return Promise.resolve();
    });
    const page = `${url}${kind.pageOf(tool.tickets()[0]!)}`;
    for (const address of [`${url}/`, page]) {
      const shown = await (await fetch(address)).text();
      expect(shown).toContain('&#60;img src=x');
      expect(shown).not.toContain('<img');
    }
    const foreign = await fetch(page, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } });
    expect([foreign.status, closed]).toEqual([403, []]);
    await fetch(page, { method: 'POST', redirect: 'manual' });
    expect(closed).toEqual([tool.tickets()[0]!.ticketId]);
  });
});
