import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import type { Answer } from '../../../../local/microsoft/answer';
import { issueToken } from '../../../../local/microsoft/entra/claims';
import type { CloudState } from '../../../../local/microsoft/state';
import { answerVault } from '../../../../local/microsoft/vault/answer';
import type { ErrorBody } from '../testCloud';
import { createTestCloud, firstTenant } from '../testCloud';

let state: CloudState;
let token: string;
const vault = 'https://vault.azure.net';

beforeEach(async () => {
  state = await createTestCloud();
  token = await issue({});
});

const issue = (changes: Partial<Parameters<typeof issueToken>[1]>): Promise<string> =>
  issueToken(state, {
    tenantId: state.world.homeTenant.tenantId,
    audience: vault,
    oid: state.registrations.managedIdentity.principalId,
    ...changes,
  });

const call = (
  method: string,
  path: string,
  body?: unknown,
  authorization: string | undefined = `Bearer ${token}`,
): Answer =>
  answerVault(state, {
    method,
    url: path,
    headers: { authorization },
    body: body === undefined ? '' : JSON.stringify(body),
  });
const version = '?api-version=7.4';
const codes = (answer: Answer): [number, string, string | undefined] => {
  const { error } = JSON.parse(answer.body) as ErrorBody;
  return [answer.status, error.code, error.innererror?.code];
};

describe('the vault', () => {
  test('holds the reader secret from the start under the default name', () => {
    expect(JSON.parse(call('GET', `/secrets/relay-app-secret${version}`).body)).toMatchObject({
      value: state.registrations.reader.secrets[0]!.value,
      attributes: { enabled: true, created: 1_795_176_000 },
    });
  });

  test('each value set is a version; the newest is the secret and older ones stay', () => {
    const put = JSON.parse(
      call('PUT', `/secrets/conn-1${version}`, { value: 'one', contentType: 'text/plain' }).body,
    ) as { id: string };
    call('PUT', `/secrets/conn-1${version}`, { value: 'two' });
    const older = put.id.replace('https://vault.invalid', '');
    expect(JSON.parse(call('GET', `/secrets/CONN-1${version}`).body)).toMatchObject({ value: 'two' });
    expect(JSON.parse(call('GET', older + version).body)).toMatchObject({ value: 'one', contentType: 'text/plain' });
  });

  test('a deleted name is gone, cannot be set again, and comes back or goes for good', () => {
    call('DELETE', `/secrets/relay-app-secret${version}`);
    expect(codes(call('GET', `/secrets/relay-app-secret${version}`))).toEqual([404, 'SecretNotFound', undefined]);
    expect(codes(call('PUT', `/secrets/relay-app-secret${version}`, { value: 'x' }))).toEqual([
      409,
      'Conflict',
      'ObjectIsDeletedButRecoverable',
    ]);
    expect(call('POST', `/deletedsecrets/relay-app-secret/recover${version}`).status).toBe(200);
    expect(call('GET', `/secrets/relay-app-secret${version}`).status).toBe(200);
    call('DELETE', `/secrets/relay-app-secret${version}`);
    expect(call('DELETE', `/deletedsecrets/relay-app-secret${version}`).status).toBe(204);
    expect(call('PUT', `/secrets/relay-app-secret${version}`, { value: 'x' }).status).toBe(200);
  });

  test('a disabled secret is 403 until enabled', () => {
    const { id } = JSON.parse(call('PUT', `/secrets/s${version}`, { value: 'x' }).body) as { id: string };
    const path = id.replace('https://vault.invalid', '');
    call('PATCH', path + version, { attributes: { enabled: false } });
    expect(codes(call('GET', `/secrets/s${version}`))).toEqual([403, 'Forbidden', 'SecretDisabled']);
    call('PATCH', path + version, { attributes: { enabled: true } });
    expect(call('GET', `/secrets/s${version}`).status).toBe(200);
  });

  test('a call without token is challenged to ask the home tenant for the vault resource', () => {
    const answer = call('GET', `/secrets/relay-app-secret${version}`, undefined, '');
    expect(codes(answer)).toEqual([401, 'Unauthorized', undefined]);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer authorization="https://entra.invalid/${state.world.homeTenant.tenantId}", resource="https://vault.azure.net"`,
    );
  });

  const strangers: [string, () => Promise<string>, number][] = [
    ['of another audience', () => issue({ audience: 'https://graph.microsoft.com' }), 401],
    ['of a customer tenant', () => issue({ tenantId: firstTenant(state).tenantId }), 401],
    ['that expired', () => issue({ expiresInSeconds: -1 }), 401],
    ['of another principal', () => issue({ oid: 'someone' }), 403],
    ['signed by nobody', () => Promise.resolve('a.b.c'), 401],
  ];
  test.each(strangers)('a token %s is refused', async (_, make, status) => {
    expect(call('GET', `/secrets/relay-app-secret${version}`, undefined, `Bearer ${await make()}`).status).toBe(status);
  });

  test.each([
    ['GET', '/secrets/relay-app-secret', undefined, 400],
    ['GET', '/secrets/relay-app-secret?api-version=1.0', undefined, 400],
    ['GET', `/secrets/nothing${version}`, undefined, 404],
    ['GET', `/secrets/relay-app-secret/0${version}`, undefined, 404],
    ['GET', `/secrets/not_a_name${version}`, undefined, 400],
    ['PUT', `/secrets/s${version}`, { values: 'x' }, 400],
    ['POST', `/secrets/s${version}`, {}, 405],
    ['GET', `/keys/s${version}`, undefined, 404],
  ])('%s %s with %j is %d', (method, path, body, status) => {
    expect(call(method, path, body).status).toBe(status);
  });

  test('a scripted fault takes one call', () => {
    state.behaviour.failNext({
      service: 'vault',
      tenantId: state.world.homeTenant.tenantId,
      status: 429,
      headers: { 'Retry-After': '1' },
    });
    expect(call('GET', `/secrets/relay-app-secret${version}`)).toMatchObject({ status: 429 });
    expect(call('GET', `/secrets/relay-app-secret${version}`).status).toBe(200);
  });
});

describe('a certificate in the vault', () => {
  test('shows its public half and the address of its key, a real certificate over that key', () => {
    const made = state.certificates.create('relay-app-cert');
    const shown = JSON.parse(call('GET', `/certificates/relay-app-cert${version}`).body) as Record<string, string>;
    expect(shown).toMatchObject({
      kid: `${state.urls.vault}/keys/relay-app-cert/${made.version}`,
      attributes: { enabled: true, exp: made.attributes.exp },
    });
    const certificate = new X509Certificate(Buffer.from(shown.cer!, 'base64'));
    expect(certificate.subject).toBe('CN=relay-app-cert');
    expect(certificate.verify(made.publicKey)).toBe(true);
    expect(shown.cer).not.toContain('PRIVATE');
    expect(JSON.stringify(JSON.parse(call('GET', `/keys/relay-app-cert${version}`).body))).not.toMatch(/"(?:d|p|q)":/);
  });

  test('signs a digest with PS256', () => {
    const made = state.certificates.create('relay-app-cert');
    const digest = createHash('sha256').update('what is signed').digest();
    const body = { alg: 'PS256', value: digest.toString('base64url') };
    const { value } = JSON.parse(call('POST', `/keys/relay-app-cert/${made.version}/sign${version}`, body).body) as {
      value: string;
    };
    const key = { key: made.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify('sha256', Buffer.from('what is signed'), key, Buffer.from(value, 'base64url'))).toBe(true);
  });

  test('signs nothing else, and nothing once it is off or at its end', () => {
    const made = state.certificates.create('relay-app-cert', 1);
    const path = `/keys/relay-app-cert/${made.version}/sign${version}`;
    const digest = Buffer.alloc(32).toString('base64url');
    expect(codes(call('POST', path, { alg: 'RS256', value: digest }))).toEqual([400, 'BadParameter', undefined]);
    expect(codes(call('POST', path, { alg: 'PS256', value: 'AAAA' }))).toEqual([400, 'BadParameter', undefined]);
    expect(codes(call('POST', path, {}))).toEqual([400, 'BadParameter', undefined]);
    made.attributes.enabled = false;
    expect(codes(call('POST', path, { alg: 'PS256', value: digest }))).toEqual([403, 'Forbidden', 'KeyDisabled']);
    made.attributes.enabled = true;
    made.attributes.exp = made.attributes.created;
    expect(codes(call('POST', path, { alg: 'PS256', value: digest }))).toEqual([403, 'Forbidden', 'KeyExpired']);
  });

  test('that is not there is not found under either name', () => {
    expect(codes(call('GET', `/certificates/nowhere${version}`))).toEqual([404, 'CertificateNotFound', undefined]);
    expect(codes(call('GET', `/keys/nowhere${version}`))).toEqual([404, 'KeyNotFound', undefined]);
  });
});

test('a right that the identity lacks refuses that operation alone, and every use is counted', () => {
  state.behaviour.denyVault('secrets/set', true);
  expect(codes(call('PUT', `/secrets/a${version}`, { value: 'x' }))).toEqual([403, 'Forbidden', 'ForbiddenByRbac']);
  expect(call('GET', `/secrets/relay-app-secret${version}`).status).toBe(200);
  state.behaviour.denyVault('secrets/set', false);
  state.behaviour.denyVault('secrets/get', true, 'relay-app-secret');
  expect(call('PUT', `/secrets/a${version}`, { value: 'x' }).status).toBe(200);
  expect(call('GET', `/secrets/a${version}`).status).toBe(200);
  expect(call('GET', `/secrets/relay-app-secret${version}`).status).toBe(403);
  expect(state.calls.counts().vault).toEqual({
    'secrets/set a': 2,
    'secrets/get a': 1,
    'secrets/get relay-app-secret': 2,
  });
});
