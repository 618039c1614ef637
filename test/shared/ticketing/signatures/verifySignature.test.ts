import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { AppError } from '../../../../shared/errors';
import type { InboundScheme } from '../../../../shared/model/connection';
import { faultOfKey, faultOfSigningKey, zendeskTestSecret } from '../../../../shared/ticketing/signatures/keys';
import { isSameMac } from '../../../../shared/ticketing/signatures/macs';
import { signStandard } from '../../../../shared/ticketing/signatures/signStandard';
import { verifySignature } from '../../../../shared/ticketing/signatures/verifySignature';
import { keyFor, publicKey, seeded, senders, signatureHeader, signedByKeyPair, timeHeader } from './signed';

const schemes = Object.keys(senders) as InboundScheme[];
const nowMs = Date.parse('2026-11-20T08:00:00Z');
const random = seeded(7);
const body = Buffer.from('{"type":"ticket.closed","ticketId":"17"}');
const id = 'msg-1';

describe.each(schemes)('%s', (scheme) => {
  const [key, other] = [keyFor(scheme, random), keyFor(scheme, random)];
  const genuine = senders[scheme]({ body, key, atMs: nowMs, id });
  const verify = (headers: Record<string, string | undefined>, keys = [key], at = nowMs, bytes = body) =>
    verifySignature(scheme, { headers, body: bytes, keys, nowMs: at }).ok;

  test('takes either of two keys, in any order, and no third', () => {
    expect(verify(genuine.headers, [key, other])).toBe(true);
    expect(verify(genuine.headers, [other, key])).toBe(true);
    expect(verify(genuine.headers, [other])).toBe(false);
  });

  test('takes nothing without a key, or under one that is empty or too short', () => {
    expect(verifySignature(scheme, { ...genuine, keys: [], nowMs })).toEqual({ ok: false, because: 'noKey' });
    const empty = scheme === 'standard' ? `whsec_${Buffer.alloc(23, 7).toString('base64')}` : 'x'.repeat(23);
    for (const short of ['', 'whsec_', 'short', empty]) {
      const weak = createHmac('sha256', short === '' ? Buffer.alloc(0) : short)
        .update(body)
        .digest('hex');
      const headers = { ...genuine.headers, [signatureHeader[scheme]]: `sha256=${weak}` };
      expect(verify(headers, [short])).toBe(false);
    }
  });

  test('takes nothing without its header, and nothing under the header of another', () => {
    expect(verify({})).toBe(false);
    expect(verify({ ...genuine.headers, [signatureHeader[scheme]]: undefined })).toBe(false);
    for (const foreign of schemes.filter((name) => name !== scheme))
      expect(verify(senders[foreign]({ body, key: keyFor(foreign, random), atMs: nowMs, id }).headers)).toBe(false);
  });

  test('is weak only where nothing is signed', () => {
    expect(verifySignature(scheme, { ...genuine, keys: [key], nowMs })).toMatchObject({
      ok: true,
      isWeak: scheme === 'header',
    });
  });

  test('signed times count for five minutes both ways, and only after the signature', () => {
    if (timeHeader[scheme] === undefined) {
      for (const away of [-1, 1]) expect(verify(genuine.headers, [key], nowMs + away * 365 * 86_400_000)).toBe(true);
      return;
    }
    for (const seconds of [-300, -299, 299, 300])
      expect(verify(genuine.headers, [key], nowMs + seconds * 1000)).toBe(true);
    for (const seconds of [-301, 301]) {
      const late = { ...genuine, keys: [key], nowMs: nowMs + seconds * 1000 };
      expect(verifySignature(scheme, late)).toEqual({ ok: false, because: 'time' });
      expect(verifySignature(scheme, { ...late, keys: [other] })).toEqual({ ok: false, because: 'signature' });
    }
  });

  test('a time in any other spelling is none, though the same number stands in it', () => {
    const name = timeHeader[scheme];
    if (name === undefined) return;
    const time = genuine.headers[name] ?? '';
    for (const spelt of [
      `+${time}`,
      `${time}abc`,
      `${time}.9`,
      `0${time}`,
      ` ${time}`,
      `${time} `,
      '',
      'NaN',
      '1e9',
      '-1',
    ])
      expect(verify({ ...genuine.headers, [name]: spelt })).toBe(false);
  });
});

describe('spellings of a MAC', () => {
  const hexKey = keyFor('github', random);
  test.each(['github', 'jira', 'pagerduty', 'slack'] as const)(
    '%s: upper case, blanks, other prefixes and more digits are refused',
    (scheme) => {
      const { headers } = senders[scheme]({ body, key: hexKey, atMs: nowMs, id });
      const name = signatureHeader[scheme];
      const given = headers[name] ?? '';
      const [prefix = '', mac = ''] = given.split('=');
      const spellings = [
        `${prefix}=${mac.toUpperCase()}`,
        mac,
        `${prefix.toUpperCase()}=${mac}`,
        `sha1=${mac}`,
        `sha512=${mac}`,
        `${prefix}=${mac}00`,
        `${prefix}=${mac.slice(0, 62)}`,
        `${prefix}= ${mac}`,
        `${prefix}=${mac}\n`,
        `${prefix}=`,
        prefix,
        `${prefix}=${mac}, ${prefix}=${mac}`.replace(', ', ' '),
      ];
      for (const spelt of spellings)
        expect([
          spelt,
          verifySignature(scheme, { headers: { ...headers, [name]: spelt }, body, keys: [hexKey], nowMs }).ok,
        ]).toEqual([spelt, false]);
    },
  );

  test.each(['standard', 'zendesk'] as const)('%s: base64 in any other spelling is refused', (scheme) => {
    const key = keyFor(scheme, random);
    const { headers } = senders[scheme]({ body, key, atMs: nowMs, id });
    const name = signatureHeader[scheme];
    const given = headers[name] ?? '';
    // The last digit before the padding carries two bits of nothing.
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = given.at(-2) ?? '';
    const twin = `${given.slice(0, -2)}${digits[digits.indexOf(last) + 1] ?? ''}=`;
    const urlSafe = given.replaceAll('+', '-').replaceAll('/', '_');
    const spellings = [
      twin,
      given.slice(0, -1),
      `${given}=`,
      given.replace('=', ''),
      `${given}!`,
      ...(urlSafe === given ? [] : [urlSafe]),
    ];
    for (const spelt of spellings)
      expect([
        spelt,
        verifySignature(scheme, { headers: { ...headers, [name]: spelt }, body, keys: [key], nowMs }).ok,
      ]).toEqual([spelt, false]);
  });
});

describe('several signatures in one header', () => {
  const [key, other] = [keyFor('standard', random), keyFor('standard', random)];
  const sent = (which: string) => senders.standard({ body, key: which, atMs: nowMs, id }).headers;
  const [right = '', wrong = ''] = [sent(key)['webhook-signature'], sent(other)['webhook-signature']];
  const takes = (signature: string, bytes = body) =>
    verifySignature('standard', {
      headers: { ...sent(key), 'webhook-signature': signature },
      body: bytes,
      keys: [key],
      nowMs,
    }).ok;

  test('standard: the right one may stand anywhere among five', () => {
    expect(takes(`${wrong} ${right}`)).toBe(true);
    expect(takes(`v2,unknown v1a,short ${wrong} ${wrong} ${right}`)).toBe(true);
    expect(takes(`${wrong} ${wrong} ${wrong} ${wrong} ${wrong} ${right}`)).toBe(false);
    expect(takes(Array.from({ length: 1_000 }, () => right).join(' '))).toBe(false);
  });

  test('standard: versions nobody knows, or none, prove nothing', () => {
    for (const signature of [
      'v1,',
      'v1',
      ',',
      '',
      `v2,${right.slice(3)}`,
      right.slice(3),
      `V1,${right.slice(3)}`,
      `v1:${right.slice(3)}`,
    ])
      expect([signature, takes(signature)]).toEqual([signature, false]);
  });

  test('standard: an id with a dot would let the borders move', () => {
    const seconds = String(nowMs / 1000);
    const inner = Buffer.from(`${seconds}.{}`);
    const { headers } = senders.standard({ body: inner, key, atMs: nowMs, id: 'a' });
    // The very bytes that were signed, cut elsewhere.
    const moved = { ...headers, 'webhook-id': `a.${seconds}` };
    expect(verifySignature('standard', { headers: moved, body: Buffer.from('{}'), keys: [key], nowMs }).ok).toBe(false);
    expect(new Webhook(key).sign('a', new Date(nowMs), inner)).toBe(
      new Webhook(key).sign(`a.${seconds}`, new Date(nowMs), '{}'),
    );
  });

  test('standard: bytes that are no UTF-8 cannot be told from others by the package, so they prove nothing', () => {
    const [one, two] = [Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from([0x7b, 0xfe, 0x7d])];
    const webhook = new Webhook(key);
    expect(webhook.sign(id, new Date(nowMs), one)).toBe(webhook.sign(id, new Date(nowMs), two));
    for (const bytes of [one, two]) expect(takes(webhook.sign(id, new Date(nowMs), bytes), bytes)).toBe(false);
  });

  test('standard: what is signed byte for byte, and is no UTF-8 or has no plain time, proves nothing either', () => {
    const bytesOf = Buffer.from(key.slice('whsec_'.length), 'base64');
    const takesSigned = (time: string, bytes: Buffer): boolean => {
      const mac = createHmac('sha256', bytesOf).update(`${id}.${time}.`).update(bytes).digest('base64');
      const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${mac}` };
      return verifySignature('standard', { headers, body: bytes, keys: [key], nowMs }).ok;
    };
    const time = String(nowMs / 1000);
    expect(takesSigned(time, body)).toBe(true);
    expect(takesSigned(time, Buffer.from([0x7b, 0xff, 0x7d]))).toBe(false);
    for (const spelt of [`+${time}`, `0${time}`, `${time}abc`, `${time}.9`, `${time} `, 'NaN', ''])
      expect([spelt, takesSigned(spelt, body)]).toEqual([spelt, false]);
  });

  test('slack: a time that is signed and is no plain number proves nothing', () => {
    const slackKey = keyFor('slack', random);
    const takesSigned = (time: string): boolean => {
      const mac = createHmac('sha256', slackKey).update(`v0:${time}:`).update(body).digest('hex');
      const headers = { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${mac}` };
      return verifySignature('slack', { headers, body, keys: [slackKey], nowMs }).ok;
    };
    const time = String(nowMs / 1000);
    expect(takesSigned(time)).toBe(true);
    for (const spelt of [`+${time}`, `0${time}`, `${time}abc`, `${time}.9`, `${time}:x`, ''])
      expect([spelt, takesSigned(spelt)]).toEqual([spelt, false]);
  });

  test('MACs of other lengths are other MACs', () => {
    const mac = Buffer.alloc(32, 1);
    expect(isSameMac(mac, Buffer.alloc(32, 1))).toBe(true);
    for (const other of [Buffer.alloc(0), Buffer.alloc(31, 1), Buffer.alloc(33, 1), Buffer.alloc(32, 2)]) {
      expect(isSameMac(mac, other)).toBe(false);
      expect(isSameMac(other, mac)).toBe(false);
    }
  });

  test('standard: ed25519 counts under its public key alone', () => {
    const { headers } = signedByKeyPair({ body, atMs: nowMs, id });
    expect(verifySignature('standard', { headers, body, keys: [key, publicKey], nowMs })).toMatchObject({
      ok: true,
      deliveryId: id,
    });
    expect(verifySignature('standard', { headers, body, keys: [key], nowMs }).ok).toBe(false);
    const asKey = publicKey.replace('whpk_', 'whsec_');
    const forged = senders.standard({ body, key: asKey, atMs: nowMs, id });
    expect(verifySignature('standard', { ...forged, keys: [publicKey], nowMs }).ok).toBe(false);
  });

  test('pagerduty: one for each active secret', () => {
    const [old, young] = [keyFor('pagerduty', random), keyFor('pagerduty', random)];
    const [first = '', second = ''] = [old, young].map(
      (one) => senders.pagerduty({ body, key: one, atMs: nowMs, id }).headers['x-pagerduty-signature'],
    );
    const takesBoth = (signature: string, keys: string[]) =>
      verifySignature('pagerduty', { headers: { 'x-pagerduty-signature': signature }, body, keys, nowMs }).ok;
    expect(takesBoth(`${first},${second}`, [young])).toBe(true);
    expect(takesBoth(`${first},${second}`, [old])).toBe(true);
    expect(takesBoth(`${first},${first},${first},${first},${first},${second}`, [young])).toBe(false);
  });
});

describe('the shared header', () => {
  const key = keyFor('header', random);
  const takes = (headers: Record<string, string>) =>
    verifySignature('header', { headers, body, keys: [key], nowMs }).ok;

  test('may come as header, bearer token or password', () => {
    expect(takes({ authorization: `Bearer ${key}` })).toBe(true);
    expect(takes({ authorization: `Basic ${Buffer.from(`anyone:${key}`).toString('base64')}` })).toBe(true);
    expect(takes({ 'x-relay-secret': 'wrong', authorization: `Bearer ${key}` })).toBe(false);
    for (const authorization of [
      key,
      `Bearer ${key}x`,
      `Bearer  ${key}`,
      `Basic ${key}`,
      `Digest ${key}`,
      `Bearer ${key.slice(0, -1)}`,
    ])
      expect([authorization, takes({ authorization })]).toEqual([authorization, false]);
  });
});

test('keys are judged where they are brought', () => {
  const good = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
  expect([faultOfKey('standard', good), faultOfKey('standard', publicKey), faultOfSigningKey(good)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(faultOfSigningKey(publicKey)).toBeDefined();
  for (const bad of [
    '',
    'whsec_',
    good.slice(6),
    'whsec_not base64 at all, is it?',
    `${good}!`,
    `whsec_${Buffer.alloc(23).toString('base64')}`,
  ])
    expect(faultOfKey('standard', bad)).toMatch(/^must be whsec_/);
  expect(faultOfKey('jira', 'x'.repeat(23))).toBe('must have at least 24 characters');
  expect(faultOfKey('jira', 'x'.repeat(24))).toBeUndefined();
  expect(faultOfKey('zendesk', zendeskTestSecret)).toMatch(/publishes/);
});

describe('what we sign', () => {
  test('the package takes, under either key while one is being turned', () => {
    const [young, old] = [keyFor('standard', random), keyFor('standard', random)];
    const text = '{"data":"Grüße 👋"}';
    const atMs = Date.now();
    const headers = signStandard({ id: 'event_1', body: text, atMs, keys: [young, old] });
    for (const key of [young, old]) expect(new Webhook(key).verify(text, headers)).toEqual({ data: 'Grüße 👋' });
    expect(() => new Webhook(keyFor('standard', random)).verify(text, headers)).toThrow('No matching signature');
  });

  test('needs a key, and an id whose end can be told', () => {
    const given = { id: 'event_1', body: '{}', atMs: nowMs, keys: [keyFor('standard', random)] };
    const codeOf = (change: Partial<typeof given>): unknown => {
      try {
        signStandard({ ...given, ...change });
        return undefined;
      } catch (error) {
        return error instanceof AppError ? error.code : error;
      }
    };
    expect(codeOf({})).toBeUndefined();
    for (const keys of [[], ['whsec_', 'secret'], [publicKey]]) expect(codeOf({ keys })).toBe('ERR_AUTH');
    for (const id of ['a.b', '', 'a b', 'a\nb']) expect(codeOf({ id })).toBe('ERR_CONTRACT');
  });
});
