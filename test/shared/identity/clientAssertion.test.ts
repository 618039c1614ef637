import { createHash } from 'node:crypto';
import { clientAssertion } from '../../../shared/identity/clientAssertion';

const certificate = { keyId: 'https://vault.example/keys/relay-app-cert/1', thumbprint: 'dGh1bWJwcmludA' };
const tenantId = '11111111-0000-4000-8000-000000000001';
const clientId = '22222222-0000-4000-8000-000000000002';
const nowSeconds = 1_795_161_600;

const make = async () => {
  const asked: { keyId: string; digest: Buffer }[] = [];
  const sign = (keyId: string, digest: Uint8Array) => {
    asked.push({ keyId, digest: Buffer.from(digest) });
    return Promise.resolve(Buffer.from([1, 2, 3]));
  };
  const clock = { now: () => nowSeconds * 1000 + 999 };
  const authority = 'https://login.microsoftonline.us';
  const text = await clientAssertion({ certificate, vault: { sign }, clock, authority, tenantId, clientId });
  const [head = '', body = '', signature] = text.split('.');
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  return { asked, signed: `${head}.${body}`, header: read(head), claims: read(body), signature };
};

test('an assertion names its certificate and is good for five minutes at this tenant’s endpoint', async () => {
  const { header, claims } = await make();
  expect(header).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': certificate.thumbprint });
  const { jti, ...rest } = claims;
  expect(rest).toEqual({
    aud: `https://login.microsoftonline.us/${tenantId}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    nbf: nowSeconds,
    iat: nowSeconds,
    exp: nowSeconds + 300,
  });
  expect(jti).toMatch(/^[0-9a-f-]{36}$/);
  expect((await make()).claims.jti).not.toBe(jti);
});

test('the vault is given the digest of what is signed, and its answer is the signature', async () => {
  const { asked, signed, signature } = await make();
  const digest = createHash('sha256').update(signed).digest();
  expect(asked).toEqual([{ keyId: certificate.keyId, digest }]);
  expect(signature).toBe('AQID');
});
