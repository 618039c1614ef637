import { AuthenticationError } from '@azure/identity';
import { AuthError, ConsentError, UpstreamError } from '../../../shared/errors';
import { fromEntra } from '../../../shared/identity/entraError';

const tenantId = '11111111-0000-4000-8000-000000000001';

/** As the SDK passes MSAL's errors on: the OAuth error stands only in the message. */
const fromMsal = (error: string, number: number, description = 'Something.'): Error =>
  new Error(
    `${error}: Error(s): ${number} - Timestamp: 2026-11-20 08:00:00Z - Description: AADSTS${number}: ${description}\r\nTrace ID: 1 - Correlation ID: 2 - Trace ID: 1`,
  );
const fromSdk = (error: string, description: string): AuthenticationError =>
  new AuthenticationError(400, { error, error_description: description });

const cases: [string, number, string, string][] = [
  ['unauthorized_client', 700016, 'ERR_CONSENT', 'consentMissing'],
  ['consent_required', 65001, 'ERR_CONSENT', 'consentMissing'],
  ['invalid_grant', 65001, 'ERR_CONSENT', 'consentMissing'],
  ['invalid_resource', 500011, 'ERR_CONSENT', 'resourceMissing'],
  ['invalid_request', 90002, 'ERR_CONSENT', 'tenantUnknown'],
  ['invalid_tenant', 90002, 'ERR_CONSENT', 'tenantUnknown'],
  ['access_denied', 53003, 'ERR_CONSENT', 'conditionalAccess'],
  ['interaction_required', 53003, 'ERR_CONSENT', 'conditionalAccess'],
  ['invalid_client', 7000215, 'ERR_AUTH', ''],
  ['invalid_client', 7000222, 'ERR_AUTH', ''],
  ['invalid_scope', 70011, 'ERR_AUTH', ''],
  ['unsupported_grant_type', 70003, 'ERR_AUTH', ''],
  ['temporarily_unavailable', 90033, 'ERR_UPSTREAM', ''],
  ['server_error', 90020, 'ERR_UPSTREAM', ''],
  ['something_new', 1, 'ERR_UPSTREAM', ''],
];

describe.each(cases)('%s (AADSTS%i)', (error, number, code, reason) => {
  test(`is ${code} ${reason}, by field and by message alike`, () => {
    for (const given of [fromMsal(error, number), fromSdk(error, `AADSTS${number}: Something.`)]) {
      const judged = fromEntra(given, tenantId);
      expect(judged).toMatchObject({ code, tenantId, cause: given });
      if (judged instanceof ConsentError) expect(judged.reason).toBe(reason);
      if (!(judged instanceof UpstreamError)) expect(judged).toMatchObject({ raw: `AADSTS${number}` });
    }
  });

  test('is decided by the OAuth error, whatever its number and its description say', () => {
    const misleading = 'AADSTS700016 AADSTS7000215 AADSTS90002 invalid_client unauthorized_client invalid_request';
    for (const given of [fromMsal(error, 7000215, misleading), fromSdk(error, misleading)]) {
      const judged = fromEntra(given, tenantId);
      // A name nobody knows leaves the words after it to be read, where there is no field.
      if (error === 'something_new' && !(given instanceof AuthenticationError)) continue;
      expect(judged).toMatchObject({ code });
      if (judged instanceof ConsentError) expect(judged.reason).toBe(reason);
    }
  });
});

test('a number alone decides nothing', () => {
  for (const number of [700016, 7000215, 90002, 53003])
    expect(fromEntra(new Error(`AADSTS${number}: whatever`), tenantId)).toBeInstanceOf(UpstreamError);
});

test('a name inside a longer word is no OAuth error', () => {
  expect(fromEntra(new Error('no_invalid_client_here and invalid_clients'), tenantId)).toBeInstanceOf(UpstreamError);
});

test('the body of a refused discovery tells why where the SDK does not', () => {
  const error = new Error('endpoints_resolution_error: See https://aka.ms/msal.js.errors#endpoints_resolution_error');
  const refusal = JSON.stringify({ error: 'invalid_tenant', error_description: 'AADSTS90002: Tenant not found.' });
  expect(fromEntra(error, tenantId, refusal)).toMatchObject({ reason: 'tenantUnknown', raw: 'AADSTS90002' });
  expect(fromEntra(error, tenantId, '<html>Bad gateway</html>')).toBeInstanceOf(UpstreamError);
  expect(fromEntra(error, tenantId)).toBeInstanceOf(UpstreamError);
});

test('without a number the OAuth error itself is kept for the reader', () => {
  expect(fromEntra(fromSdk('invalid_client', 'no number'), tenantId)).toMatchObject({ raw: 'invalid_client' });
});

test.each([new Error('getaddrinfo ENOTFOUND login.microsoftonline.com'), 'a text', undefined, null])(
  'anything else is passing: %s',
  (error) => {
    expect(fromEntra(error, tenantId)).toBeInstanceOf(UpstreamError);
  },
);

test('what is thrown on says nothing of the description, which may hold names', () => {
  const description = "Application with identifier 'x' was not found in the directory 'Contoso'";
  expect(fromEntra(fromMsal('unauthorized_client', 700016, description), tenantId).message).not.toContain('Contoso');
  expect(fromEntra(fromMsal('invalid_client', 7000215, description), tenantId)).toBeInstanceOf(AuthError);
});
