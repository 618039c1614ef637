import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startToolServer } from '../../../local/tools/server';
import { guardedSend } from '../../../shared/delivery/guardedSend';
import { toCloudEvent } from '../../../shared/delivery/toCloudEvent';
import { mustBeTime7 } from '../../../shared/model/time7';
import { fromGenericBody } from '../../../shared/ticketing/genericBody';
import { verifySignature } from '../../../shared/ticketing/signatures/verifySignature';
import { webhook } from '../../../shared/ticketing/webhook';
import { connectionOf } from '../../shared/receive/hookWorld';
import { keyFor, seeded } from '../../shared/ticketing/signatures/signed';

const random = seeded(11);
const [key, next] = [keyFor('standard', random), keyFor('standard', random)];
const run = (file: string, env: Record<string, string>, args: readonly string[] = []): ChildProcess =>
  spawn(process.execPath, [`docs/connectors/webhook/${file}`, ...args], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

test('the receiver of the page takes what is signed under either key, once, and nothing else', async () => {
  const child = run('receiver.mjs', { SECRET: `${key},${next}`, PORT: '0' });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  try {
    const first = await lines.next();
    const port = String(first.value).split(' ').at(-1);
    const send = (id: string, keys: readonly string[]) => {
      if (webhook.delivers !== 'events') throw new Error('webhooks carry events');
      const event = {
        eventId: id,
        tenantId: 't',
        connectionId: 'c',
        incidentId: '7',
        type: 'created',
        watchedDigest: '',
      } as const;
      const body = JSON.stringify(
        toCloudEvent(
          { ...event, version: mustBeTime7('2026-11-20T08:00:00Z', 'v') },
          { status: 'active', severity: 'high', displayName: 'Grüße' },
        ),
      );
      return webhook
        .sender({
          connection: connectionOf('standard', { url: `http://127.0.0.1:${port}/` }),
          secret: () => Promise.resolve(''),
          signingSecrets: () => Promise.resolve(keys),
          send: guardedSend({ allowPrivateTargets: true, log: { warn: () => undefined } }),
          clock: { now: () => Date.now(), elapsedMs: () => performance.now() },
        })
        .send({ id, body });
    };
    expect(await send('one', [key])).toEqual({ status: 204 });
    expect(await send('one', [key])).toEqual({ status: 204 });
    expect(await send('two', [next])).toEqual({ status: 204 });
    await expect(send('three', [keyFor('standard', random)])).rejects.toMatchObject({ reason: 'credential' });
    const told = [(await lines.next()).value, (await lines.next()).value].map(
      (line) => JSON.parse(String(line)) as unknown,
    );
    expect(told).toEqual(
      Array.from({ length: 2 }, () => ({
        type: 'xdr-relay.incident.created',
        source: '/tenants/t',
        subject: '7',
        status: 'active',
        severity: 'high',
        displayName: 'Grüße',
      })),
    );
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});

test('the sender of the page is believed and understood', async () => {
  const seen: { headers: Readonly<Record<string, string | undefined>>; body: Buffer }[] = [];
  const server = await startToolServer({
    answer: ({ headers, body }) => {
      seen.push({ headers, body });
      return { status: 202 };
    },
  });
  try {
    const said = JSON.stringify({ type: 'ticket.closed', ticketId: 't:7', author: 'anna', comment: 'Grüße' });
    const child = run('tell.mjs', { URL: `${server.url}/api/webhooks/x`, SECRET: key }, [said]);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(seen).toHaveLength(1);
    const [{ headers, body }] = seen as [(typeof seen)[number]];
    expect(verifySignature('standard', { headers, body, keys: [key], nowMs: Date.now() })).toMatchObject({ ok: true });
    expect(fromGenericBody(JSON.parse(body.toString()))).toMatchObject([
      { ticketId: 't:7', kind: 'closed', comment: { text: 'Grüße' } },
    ]);
  } finally {
    await server.stop();
  }
});

test('the body of the page is one that is understood', () => {
  const page = readFileSync('docs/connectors/webhook.md', 'utf8');
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    (match) => JSON.parse(match[1] ?? '') as Record<string, unknown>,
  );
  const generic = blocks.find(({ type }) => type === 'ticket.closed');
  expect(fromGenericBody(generic)).toMatchObject([
    { kind: 'closed', status: 'resolved', classification: 'truePositive', version: '7' },
  ]);
});
