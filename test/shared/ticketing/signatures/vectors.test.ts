import { github, jira } from '../../../../shared/ticketing/signatures/hubSha256';
import { zendeskTestSecret } from '../../../../shared/ticketing/signatures/keys';
import { hmacSha256 } from '../../../../shared/ticketing/signatures/macs';
import { pagerduty } from '../../../../shared/ticketing/signatures/pagerduty';
import type { Scheme } from '../../../../shared/ticketing/signatures/scheme';
import { slack } from '../../../../shared/ticketing/signatures/slack';
import { standard } from '../../../../shared/ticketing/signatures/standard';
import { verifySignature } from '../../../../shared/ticketing/signatures/verifySignature';
import { zendesk, zendeskSigned } from '../../../../shared/ticketing/signatures/zendesk';
import vectors from './vectors.json';

interface Vector {
  readonly name: string;
  readonly headers?: Record<string, string>;
  readonly secret?: string;
  readonly publicKey?: string;
  readonly body: string;
  readonly now?: number;
  readonly hex?: string;
}

const all: readonly Vector[] = vectors;
const signed = all.flatMap((one) => {
  const [, scheme] =
    (
      [
        ['standard', standard],
        ['github', github],
        ['jira', jira],
        ['slack', slack],
        ['zendesk', zendeskSigned],
        ['pagerduty', pagerduty],
      ] satisfies [string, Scheme][]
    ).find(([name]) => one.name.startsWith(name)) ?? [];
  return scheme === undefined ? [] : [{ ...one, scheme, key: one.secret ?? one.publicKey ?? '' }];
});
const shownOf = ({ headers = {}, body, key }: (typeof signed)[number]) => ({
  headers,
  body: Buffer.from(body),
  keys: [key],
});

test('every published vector is one of a scheme, but for the plain MAC', () => {
  expect(signed).toHaveLength(all.length - 1);
  expect(all.length).toBe(13);
});

test.each(signed)('$name is genuine', (vector) => {
  expect(vector.scheme(shownOf(vector))).toMatchObject({
    signedAtMs: vector.now === undefined ? null : vector.now * 1000,
  });
});

test.each(signed)('$name is not, with one byte of its body changed, added or re-serialised', (vector) => {
  const { body } = shownOf(vector);
  const changed = Buffer.from(body);
  if (changed.length > 0) changed[0] = (changed[0] ?? 0) ^ 1;
  const forged = [
    ...(body.length > 0 ? [changed, body.subarray(1)] : []),
    Buffer.concat([body, Buffer.from(' ')]),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    Buffer.from(vector.body.replace('": ', '":')),
  ].filter((bytes) => !bytes.equals(body));
  for (const bytes of forged) expect(vector.scheme({ ...shownOf(vector), body: bytes })).toBeUndefined();
});

test('RFC 4231 case 2', () => {
  const { hex, secret = '', body } = all.find(({ name }) => name.startsWith('hmac')) ?? { body: '' };
  expect(hmacSha256(secret, body).toString('hex')).toBe(hex);
});

test('the secret that Zendesk publishes opens nothing, and neither does what it decodes to', () => {
  const vector = signed.find(({ name }) => name === 'zendesk');
  if (vector === undefined) throw new Error('no vector');
  expect(zendesk(shownOf(vector))).toBeUndefined();
  const nowMs = (vector.now ?? 0) * 1000;
  const given = { ...shownOf(vector), nowMs };
  expect(verifySignature('zendesk', given)).toEqual({ ok: false, because: 'noKey' });
  const decoded = Buffer.from(zendeskTestSecret, 'base64').toString();
  expect(verifySignature('zendesk', { ...given, keys: [zendeskTestSecret, decoded] }).ok).toBe(false);
});
