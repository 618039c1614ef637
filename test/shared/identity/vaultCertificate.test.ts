import { createHash } from 'node:crypto';
import { readCertificate } from '../../../shared/identity/vaultCertificate';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';

const der = Buffer.from('any bytes will do here');
const good = { kid: 'https://kv.vault.azure.net/keys/relay-app-cert/1', cer: der.toString('base64') };

const read = async (answer: Partial<IncomingAnswer>, url = 'https://kv.vault.azure.net', anyHost = false) => {
  const calls: OutgoingRequest[] = [];
  const scopes: (string | string[])[] = [];
  const reading = {
    url,
    anyHost,
    scope: 'https://vault.azure.net/.default',
    identity: {
      getToken: (scope: string | string[]) => {
        scopes.push(scope);
        return Promise.resolve({ token: 'of-the-identity', expiresOnTimestamp: 0 });
      },
    },
    send: (request: OutgoingRequest) => {
      calls.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(good), ...answer });
    },
  };
  const settled = await readCertificate(reading, 'relay-app-cert').then(
    (certificate) => ({ certificate }),
    (error: unknown) => ({ error }),
  );
  return { calls, scopes, ...settled };
};

test('a certificate is read without its key, by the identity’s token for vaults', async () => {
  const { calls, scopes, ...found } = await read({});
  expect(found).toEqual({
    certificate: { keyId: good.kid, thumbprint: createHash('sha256').update(der).digest('base64url') },
  });
  expect(scopes).toEqual(['https://vault.azure.net/.default']);
  expect(calls).toMatchObject([
    {
      method: 'GET',
      url: 'https://kv.vault.azure.net/certificates/relay-app-cert?api-version=2025-07-01',
      headers: { authorization: 'Bearer of-the-identity' },
    },
  ]);
});

test.each(['https://kv.vault.azure.net.evil.example', 'https://vault.azure.net', 'https://evilvault.azure.net'])(
  'no token goes to %s, which is no vault',
  async (url) => {
    const { calls, scopes, ...found } = await read({}, url);
    expect(found).toMatchObject({ error: { code: 'ERR_CONFIG' } });
    expect([calls, scopes]).toEqual([[], []]);
  },
);

test.each([
  [404, '{"error":{"code":"CertificateNotFound"}}', 'ERR_AUTH', 'credentialMissing'],
  [403, '{"error":{"code":"Forbidden"}}', 'ERR_AUTH', 'vaultDenied'],
  [401, '', 'ERR_AUTH', 'vaultDenied'],
  [429, '', 'ERR_UPSTREAM', undefined],
  [503, '', 'ERR_UPSTREAM', undefined],
])('%i is told as what it is', async (status, body, code, reason) => {
  const { calls, scopes, ...found } = await read({ status, body });
  expect(found).toMatchObject({ error: { code, ...(reason === undefined ? {} : { reason }) } });
  expect([calls.length, scopes.length]).toEqual([1, 1]);
});

test('a certificate that is switched off is missing', async () => {
  const { error } = (await read({ body: JSON.stringify({ ...good, attributes: { enabled: false } }) })) as {
    error: unknown;
  };
  expect(error).toMatchObject({ code: 'ERR_AUTH', reason: 'credentialMissing' });
});

test.each([
  ['no JSON', 'nonsense'],
  ['no certificate', '{"kid":"https://kv.vault.azure.net/keys/a/1"}'],
  ['a key elsewhere', JSON.stringify({ ...good, kid: 'https://evil.example/keys/a/1' })],
])('an answer with %s is refused', async (_, body) => {
  expect(await read({ body })).toMatchObject({ error: { code: 'ERR_CONTRACT' } });
});
