import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Answer } from '../../../../local/microsoft/answer';
import { answerEntra } from '../../../../local/microsoft/entra/answer';
import { assertionType } from '../../../../local/microsoft/entra/clientAssertion';
import type { CertificateVersion } from '../../../../local/microsoft/vault/certificates';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestClock, createTestCloud, firstTenant } from '../testCloud';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
let certificate: CertificateVersion;
let jti = 0;

beforeAll(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
  certificate = state.certificates.create('relay-app-cert');
  state.registrations.addCertificate(state.registrations.reader.clientId, certificate);
});

const nowSeconds = Date.parse('2026-11-20T12:00:00Z') / 1_000;
const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');

/** Signed with a key of the test's own where one is given, else in the vault. */
const assertion = (
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  signed: (text: string) => Buffer = (text) => certificate.sign(createHash('sha256').update(text).digest()),
): string => {
  const { clientId } = state.registrations.reader;
  const tenant = firstTenant(state).tenantId;
  const head = part({ alg: 'PS256', typ: 'JWT', 'x5t#S256': certificate.thumbprint, ...header });
  const body = part({
    aud: `${state.urls.entra}/${tenant}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    jti: `assertion-${(jti += 1)}`,
    nbf: nowSeconds,
    exp: nowSeconds + 300,
    ...claims,
  });
  return `${head}.${body}.${signed(`${head}.${body}`).toString('base64url')}`;
};

const ask = (client_assertion: string, form: Record<string, string> = {}): Promise<Answer> =>
  answerEntra(state, {
    method: 'POST',
    url: `/${firstTenant(state).tenantId}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: state.registrations.reader.clientId,
      scope: 'https://graph.microsoft.com/.default',
      client_assertion_type: assertionType,
      client_assertion,
      ...form,
    }).toString(),
  });
const codeOf = async (answer: Promise<Answer>): Promise<[number, number | undefined]> => {
  const { status, body } = await answer;
  return [status, (JSON.parse(body) as { error_codes?: number[] }).error_codes?.[0]];
};

test('an assertion signed by a registered certificate proves the application, and the token says how', async () => {
  const { status, body } = await ask(assertion());
  expect(status).toBe(200);
  const { access_token } = JSON.parse(body) as { access_token: string };
  expect(state.tokens.verify(access_token)).toMatchObject({ appidacr: '2', tid: firstTenant(state).tenantId });
});

const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const byAnother = (text: string): Buffer =>
  sign('sha256', Buffer.from(text), {
    key: other.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });

test.each<[string, number, () => string]>([
  ['of a certificate that is not registered', 700027, () => assertion({}, { 'x5t#S256': 'AAAA' })],
  ['without a thumbprint', 700027, () => assertion({}, { 'x5t#S256': undefined })],
  ['signed with another key', 700027, () => assertion({}, {}, byAnother)],
  ['without a signature', 700027, () => assertion({}, {}, () => Buffer.alloc(0))],
  ['of algorithm none', 700027, () => assertion({}, { alg: 'none' }, () => Buffer.alloc(0))],
  ['of RS256', 700027, () => assertion({}, { alg: 'RS256' })],
  ['for another tenant', 700023, () => assertion({ aud: `${state.urls.entra}/common/oauth2/v2.0/token` })],
  ['of another subject', 700021, () => assertion({ sub: state.registrations.api.clientId })],
  ['of another issuer', 700211, () => assertion({ iss: state.registrations.api.clientId })],
  ['that ended', 700024, () => assertion({ exp: nowSeconds })],
  ['that begins later', 700024, () => assertion({ nbf: nowSeconds + 301 })],
  ['that lives eleven minutes', 700024, () => assertion({ exp: nowSeconds + 660 })],
  ['without an id', 50013, () => assertion({ jti: undefined })],
  ['of three words', 50027, () => 'a.b.c'],
])('an assertion %s is refused with %i', async (_, code, make) => {
  expect(await codeOf(ask(make()))).toEqual([401, code]);
});

test('an assertion is good for one request', async () => {
  const once = assertion();
  expect((await ask(once)).status).toBe(200);
  expect(await codeOf(ask(once))).toEqual([401, 50013]);
});

test('an assertion needs its type, and no secret beside it', async () => {
  expect(await codeOf(ask(assertion(), { client_assertion_type: 'jwt' }))).toEqual([400, 90014]);
  expect(await codeOf(ask(assertion(), { client_secret: 'x' }))).toEqual([400, 90014]);
});

test('an identity’s token proves nothing to a registration that does not trust it', async () => {
  const { principalId } = state.registrations.managedIdentity;
  const token = (changes: Record<string, unknown>): Promise<string> =>
    state.tokens.sign({
      iss: `${state.urls.entra}/${state.world.homeTenant.tenantId}/v2.0`,
      sub: principalId,
      aud: 'fb60f99c-7a34-4190-8149-302f77469936',
      exp: nowSeconds + 3_600,
      ...changes,
    });
  expect(await codeOf(ask(await token({})))).toEqual([401, 700211]);
  state.registrations.trust(state.registrations.reader.clientId, {
    issuer: `${state.urls.entra}/${state.world.homeTenant.tenantId}/v2.0`,
    subject: principalId,
    audience: 'api://AzureADTokenExchange',
  });
  expect((await ask(await token({}))).status).toBe(200);
  expect(await codeOf(ask(await token({ sub: principalId.toUpperCase() })))).toEqual([401, 700213]);
  expect(await codeOf(ask(await token({ aud: 'https://vault.azure.net' })))).toEqual([401, 700212]);
  expect(await codeOf(ask(await token({ exp: nowSeconds - 1 })))).toEqual([401, 700024]);
});
