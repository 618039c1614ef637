import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { AppError } from '../../../../shared/errors';
import type { BearerValidator } from '../../../../shared/http/callers/bearer';
import { createBearerValidator } from '../../../../shared/http/callers/bearer';
import { undiciSend } from '../../../../shared/send';
import type { TokenIssuer } from './tokenIssuer';
import { appOnly, audience, homeTenantId, issuedAtSeconds, startTokenIssuer, userClaims } from './tokenIssuer';

let issuer: TokenIssuer;
let nowMs: number;
let validator: BearerValidator;

const validatorFor = (authority: string): BearerValidator =>
  createBearerValidator({
    config: {
      endpoints: { authority, authorityOverridden: true, graph: '', defender: '', mde: '' },
      home: { tenantId: homeTenantId, clientId: '', cloud: 'public' },
      api: {
        audiences: [audience],
        issuers: [issuer.issuer, 'https://sts.example/99999999-9999-4999-8999-999999999999/'],
      },
    },
    clock: { now: () => nowMs, elapsedMs: () => nowMs },
    send: undiciSend(),
  });

beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  nowMs = issuedAtSeconds * 1000;
  issuer.answerWith(200);
  issuer.pointKeysAt(undefined);
  validator = validatorFor(issuer.authority);
});

const codeOf = async (authorization: string | null): Promise<string> => {
  try {
    await validator.validate(authorization);
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};
const bearer = async (claims?: Record<string, unknown>, header?: object): Promise<string> =>
  `Bearer ${await issuer.sign(claims, header)}`;

describe('a token that holds', () => {
  test('names a user with roles and groups', async () => {
    const groups = ['AAAAAAAA-0000-4000-8000-000000000001'];
    const caller = await validator.validate(await bearer({ groups, roles: ['Relay.Analyst', 'Other.Role'] }));
    expect(caller).toEqual({
      objectId: '11111111-1111-4111-8111-111111111111',
      name: 'ana@contoso.example',
      kind: 'user',
      roles: new Set(['Analyst']),
      groups: ['aaaaaaaa-0000-4000-8000-000000000001'],
      tenantId: homeTenantId,
    });
  });

  test('without a scope names an app, whose groups are not taken from the token', async () => {
    const caller = await validator.validate(await bearer({ ...appOnly, idtyp: undefined, groups: ['g'] }));
    expect(caller).toMatchObject({ kind: 'app', groups: [], objectId: appOnly.oid });
  });

  test.each([
    ['_claim_names', { _claim_names: { groups: 'src1' } }],
    ['hasgroups', { hasgroups: true }],
  ])('with %s says that its groups are not known', async (_name, claims) => {
    expect((await validator.validate(await bearer(claims))).groups).toBe('overage');
  });

  test('is accepted until five minutes after its end, and from five minutes before its start: clocks differ', async () => {
    expect(await codeOf(await bearer({ exp: issuedAtSeconds - 299 }))).toBe('accepted');
    expect(await codeOf(await bearer({ nbf: issuedAtSeconds + 299 }))).toBe('accepted');
  });

  test('is accepted under any spelling of the scheme', async () => {
    expect(await codeOf((await bearer()).replace('Bearer', 'bearer'))).toBe('accepted');
  });
});

describe('a token that does not hold is refused', () => {
  test.each<[string, Record<string, unknown>]>([
    ['another audience', { aud: 'https://graph.microsoft.com' }],
    ['another issuer', { iss: `https://login.microsoftonline.com/${homeTenantId}/v2.0` }],
    ['no issuer', { iss: undefined }],
    ['a past end', { exp: issuedAtSeconds - 301 }],
    ['a start to come', { nbf: issuedAtSeconds + 301 }],
    ['no end', { exp: undefined }],
    ['no start', { nbf: undefined }],
    ['another tenant than home', { tid: '99999999-9999-4999-8999-999999999999' }],
    ['another tenant than its issuer', { iss: 'https://sts.example/99999999-9999-4999-8999-999999999999/' }],
    ['no tenant', { tid: undefined }],
    ['no object id', { oid: undefined }],
    ['roles that are no list', { roles: 'Relay.Admin' }],
    ['the nonce of an ID token', { nonce: 'n' }],
  ])('%s', async (_name, claims) => {
    expect(await codeOf(await bearer(claims))).toBe('ERR_TOKEN');
  });

  test('alg none', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = encode(userClaims(issuer.issuer));
    expect(await codeOf(`Bearer ${encode({ alg: 'none', kid: 'key-0' })}.${claims}.`)).toBe('ERR_TOKEN');
    expect(await codeOf(`Bearer ${encode({ alg: 'none', kid: 'key-0' })}.${claims}.AA`)).toBe('ERR_TOKEN');
  });

  test('HS256 signed with the public key', async () => {
    const secret = new TextEncoder().encode(await issuer.publicKeyText());
    const forged = await new SignJWT(userClaims(issuer.issuer))
      .setProtectedHeader({ alg: 'HS256', kid: 'key-0' })
      .sign(secret);
    expect(await codeOf(`Bearer ${forged}`)).toBe('ERR_TOKEN');
  });

  test('a key of the attacker under the known id', async () => {
    const other = await startTokenIssuer();
    try {
      expect(await codeOf(`Bearer ${await other.sign({ iss: issuer.issuer })}`)).toBe('ERR_TOKEN');
    } finally {
      await other.stop();
    }
  });

  test('a changed payload', async () => {
    const [head, , signature] = (await issuer.sign()).split('.');
    const payload = Buffer.from(JSON.stringify({ ...userClaims(issuer.issuer), roles: ['Relay.Admin'] })).toString(
      'base64url',
    );
    expect(await codeOf(`Bearer ${head}.${payload}.${signature}`)).toBe('ERR_TOKEN');
  });

  test('a header with crit, or without kid, well signed', async () => {
    const signed = (header: object): string =>
      `Bearer ${issuer.signRaw({ alg: 'RS256', ...header }, userClaims(issuer.issuer))}`;
    expect(await codeOf(signed({ kid: 'key-0' }))).toBe('accepted');
    expect(await codeOf(signed({}))).toBe('ERR_TOKEN');
    expect(await codeOf(signed({ kid: 'key-0', crit: ['exp'], exp: 1 }))).toBe('ERR_TOKEN');
    expect(await codeOf(signed({ kid: 'key-0', crit: ['b64'], b64: true }))).toBe('ERR_TOKEN');
  });

  test('none, Basic, an empty one, two at once, and one beyond 16 KiB', async () => {
    const good = await bearer();
    expect(await codeOf(null)).toBe('ERR_TOKEN');
    expect(await codeOf('Basic YTpi')).toBe('ERR_TOKEN');
    expect(await codeOf('Bearer ')).toBe('ERR_TOKEN');
    expect(await codeOf(`${good}, ${good}`)).toBe('ERR_TOKEN');
    expect(await codeOf(await bearer({ padding: 'x'.repeat(16 * 1024) }))).toBe('ERR_TOKEN');
  });
});

describe('the keys of the issuer', () => {
  test('are read once for many tokens at the same time', async () => {
    const before = issuer.keyReads();
    const token = await bearer();
    await Promise.all(Array.from({ length: 10 }, () => validator.validate(token)));
    expect(issuer.keyReads() - before).toBe(1);
  });

  test('are read again for an unknown id, but at most once a minute', async () => {
    await validator.validate(await bearer());
    await issuer.turnKey();
    const before = issuer.keyReads();
    expect(await codeOf(await bearer())).toBe('ERR_TOKEN');
    expect(issuer.keyReads()).toBe(before);
    nowMs += 60_000;
    expect(await codeOf(await bearer())).toBe('accepted');
    expect(await codeOf(await bearer({}, { kid: 'made-up' }))).toBe('ERR_TOKEN');
    expect(issuer.keyReads()).toBe(before + 1);
  });

  test('that cannot be had make 503, not 401, and heal by themselves', async () => {
    issuer.answerWith(500);
    expect(await codeOf(await bearer())).toBe('ERR_UPSTREAM');
    issuer.answerWith(200);
    nowMs += 5_000;
    expect(await codeOf(await bearer())).toBe('accepted');
  });

  test('outlive an outage: the last good ones go on, a day later too', async () => {
    await validator.validate(await bearer());
    issuer.answerWith(503);
    nowMs += 25 * 3_600_000;
    expect(await codeOf(await bearer({ exp: nowMs / 1000 + 60 }))).toBe('accepted');
  });

  test('are read anew after 24 hours', async () => {
    await validator.validate(await bearer());
    const before = issuer.keyReads();
    nowMs += 25 * 3_600_000;
    await validator.validate(await bearer({ exp: nowMs / 1000 + 60 }));
    expect(issuer.keyReads()).toBe(before + 1);
  });

  test('are never fetched from another host than the authority', async () => {
    let asked = 0;
    const elsewhere = createServer((_request, response) => {
      asked += 1;
      response.end('{"keys":[]}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    issuer.pointKeysAt(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/keys`);
    expect(await codeOf(await bearer())).toBe('ERR_UPSTREAM');
    expect(asked).toBe(0);
    await once(elsewhere.close(), 'close');
  });
});
