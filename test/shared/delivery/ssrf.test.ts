import { isIP } from 'node:net';
import { request } from 'undici';
import { TargetError } from '../../../shared/errors';
import { checkTargetUrl } from '../../../shared/delivery/checkTargetUrl';
import type { Guard } from '../../../shared/delivery/guardedSend';
import { guardedSend, sendBehind } from '../../../shared/delivery/guardedSend';
import { isPublicAddress } from '../../../shared/delivery/publicAddress';
import type { Listener } from './listener';
import { listen } from './listener';
import { privateAddresses, publicAddresses, spellings } from './spellings';

let listener: Listener;
beforeAll(async () => {
  listener = await listen();
});
afterAll(() => listener.stop());

const log = { warn: () => undefined };
const ask = { method: 'POST', headers: {}, body: '{}', timeoutMs: 2_000 } as const;
const families = (address: string) => ({ address, family: address.includes(':') ? 6 : 4 });

test('no spelling of a place inside opens a connection', async () => {
  const send = guardedSend({
    allowPrivateTargets: false,
    log,
    // Whatever name gets as far as being asked for leads inside.
    lookup: () => Promise.resolve([families('127.0.0.1'), families('::1')]),
  });
  const given = spellings(listener.port);
  const passed: string[] = [];
  for (const url of given) {
    const outcome: unknown = await send({ ...ask, url }).catch((error: unknown) => error);
    if (!(outcome instanceof TargetError) || outcome.reason !== 'address') passed.push(url);
  }
  console.log(
    `targets: ${JSON.stringify({ spellings: given.length, distinct: new Set(given).size, opened: listener.opened() })}`,
  );
  expect(passed).toEqual([]);
  expect(new Set(given).size).toBeGreaterThanOrEqual(500);
  expect(listener.opened()).toBe(0);
});

test('a name that leads inside, now or at the second asking, opens no connection either', async () => {
  // Any port and any host, so that nothing stands before the addresses.
  const open: Guard = { faultOf: () => undefined, mayConnect: isPublicAddress };
  let asked = 0;
  for (const address of privateAddresses) {
    const answers = [
      [families(address)],
      [families('1.1.1.1'), families(address)],
      [families(address), families('1.1.1.1')],
    ];
    for (const addresses of answers) {
      const send = sendBehind(open, {
        log,
        lookup: () => {
          asked += 1;
          return Promise.resolve(addresses);
        },
      });
      for (const protocol of ['http', 'https'])
        await expect(send({ ...ask, url: `${protocol}://rebind.example.com:${listener.port}/` })).rejects.toMatchObject(
          { reason: 'address' },
        );
    }
  }
  expect(asked).toBe(privateAddresses.length * 6);
  expect(listener.opened()).toBe(0);
});

test('an address in place of a name is checked without asking anybody', async () => {
  const open: Guard = { faultOf: () => undefined, mayConnect: isPublicAddress };
  const send = sendBehind(open, { log, lookup: () => Promise.reject(new Error('asked')) });
  for (const address of privateAddresses.filter((one) => isIP(one) !== 0 && !one.includes('%')))
    for (const protocol of ['http', 'https']) {
      const url = `${protocol}://${address.includes(':') ? `[${address}]` : address}:${listener.port}/`;
      await expect(send({ ...ask, url })).rejects.toMatchObject({ reason: 'address' });
    }
  expect(listener.opened()).toBe(0);
});

test('a name server that changes its mind after the check is not asked again', async () => {
  let asked = 0;
  const flipping: Guard = {
    faultOf: () => undefined,
    // What the resolver says first passes; it is the one connected to.
    mayConnect: (address) => address === '127.0.0.1',
  };
  const send = sendBehind(flipping, {
    log,
    lookup: () => {
      asked += 1;
      return Promise.resolve([families(asked === 1 ? '127.0.0.1' : '10.0.0.1')]);
    },
  });
  const before = listener.opened();
  const url = `http://rebind.example.com:${listener.port}/`;
  expect(await send({ ...ask, url })).toMatchObject({ status: 200, body: 'hi' });
  expect([asked, listener.opened() - before]).toEqual([1, 1]);
  await expect(send({ ...ask, url })).rejects.toMatchObject({ reason: 'address' });
  expect([asked, listener.opened() - before]).toEqual([2, 1]);
});

test('without the guard many of these spellings are answered, so that the count can tell', async () => {
  const before = listener.opened();
  let answered = 0;
  for (const url of spellings(listener.port)
    .filter((one) => /^http:\/\/[\d[]/.test(one))
    .slice(0, 60)) {
    const outcome = await request(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(300) }).catch(
      () => undefined,
    );
    await outcome?.body.dump();
    if (outcome !== undefined) answered += 1;
  }
  expect(answered).toBeGreaterThanOrEqual(15);
  expect(listener.opened() - before).toBeGreaterThanOrEqual(answered);
});

test('addresses are told apart at the very borders', () => {
  expect(privateAddresses.filter(isPublicAddress)).toEqual([]);
  expect(publicAddresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});

test.each([
  ['https://hooks.example.com/a?b=c', undefined],
  ['https://hooks.example.com:443/', undefined],
  ['HTTPS://Hooks.Example.Com/', undefined],
  ['https://xn--mnchen-3ya.example/', undefined],
  ['hooks.example.com', 'must be a whole address such as https://example.com/path'],
  ['http://hooks.example.com/', 'must begin with https://'],
  ['https://hooks.example.com:8443/', 'must use port 443, not 8443'],
  ['https://me:secret@hooks.example.com/', 'must not hold a user or password: give them in auth'],
  ['https://@hooks.example.com/', 'must not hold a user or password: give them in auth'],
  ['https://hooks.example.com/#x', 'must not hold a fragment (#)'],
  ['https://10.0.0.1/', 'must name a host, not an IP address'],
  ['https://8.8.8.8/', 'must name a host, not an IP address'],
  ['https://[2606:4700::1]/', 'must name a host, not an IP address'],
  ['https://0x7f.1/', 'must name a host, not an IP address'],
  ['https://hooks.example.com./', 'must not end its host with a dot'],
  ['https://localhost/', 'names a host that is not on the public Internet'],
  ['https://jira/', 'names a host that is not on the public Internet'],
  ['https://münchen.example/', 'holds a blank, a backslash or a character beyond ASCII'],
])('saving %s says: %s', (url, fault) => {
  expect(checkTargetUrl(url, { allowPrivateTargets: false })).toBe(fault);
});

test('local use lets plain http to this very machine through, and nothing else', () => {
  const check = (url: string) => checkTargetUrl(url, { allowPrivateTargets: true });
  for (const url of [
    'http://127.0.0.1:8080/hook',
    'http://localhost:3000/',
    'http://[::1]:9/',
    'http://127.1.2.3/',
    'https://hooks.example.com/',
  ])
    expect([url, check(url)]).toEqual([url, undefined]);
  for (const url of [
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'http://hooks.example.com/',
    'https://127.0.0.1:8443/',
    'http://0.0.0.0:80/',
    'http://me@127.0.0.1/',
    'http://127.0.0.1/#x',
    'http://[::ffff:127.0.0.1]/',
  ])
    expect([url, check(url)]).not.toEqual([url, undefined]);
});

test('an address may not be endless', () => {
  const long = `https://hooks.example.com/${'a'.repeat(2_048)}`;
  expect(checkTargetUrl(long, { allowPrivateTargets: false })).toBe('is longer than 2048 characters');
});
