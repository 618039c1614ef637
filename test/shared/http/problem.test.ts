import { ChallengeError, DelegatedConsentError } from '../../../shared/errors';
import { problemFor } from '../../../shared/http/problem';

const tenantId = '11111111-0000-4000-8000-000000000001';
const authorizationUri = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/authorize`;
const raw = 'AADSTS50076';

test('what Entra demands of a person comes back to the client as a claims challenge', () => {
  const claims = '{"access_token":{"capolids":{"essential":true,"values":["ä"]}}}';
  const answer = problemFor(new ChallengeError('refused', { tenantId, authorizationUri, claims, raw }), 'trace', true);
  const header = answer.headers?.['www-authenticate'] ?? '';
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status: 401,
    body: { code: 'ERR_CHALLENGE', title: 'Sign in again' },
  });
  const fields = Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(header.startsWith('Bearer ')).toBe(true);
  expect(fields).toMatchObject({ realm: tenantId, authorization_uri: authorizationUri, error: 'insufficient_claims' });
  expect(Buffer.from(fields.claims ?? '', 'base64').toString('utf8')).toBe(claims);
  expect(header).not.toContain(raw);
});

test('where a new sign-in is enough, no claims are asked for', () => {
  const challenge = { tenantId, authorizationUri, claims: undefined, raw: 'AADSTS50173' };
  const answer = problemFor(new ChallengeError('refused', challenge), 'trace', true);
  expect(answer.headers?.['www-authenticate']).toBe(
    `Bearer realm="${tenantId}", authorization_uri="${authorizationUri}", error="invalid_token"`,
  );
});

test('a consent that is missing in a person’s name is a 403 with the way to it', () => {
  const link = `${authorizationUri}?client_id=x`;
  const error = new DelegatedConsentError('missing', ['https://graph.microsoft.com/ThreatHunting.Read.All'], link, raw);
  const { status, body } = problemFor(error, 'trace', true);
  expect(status).toBe(403);
  expect(body).toMatchObject({ code: 'ERR_CONSENT', link, title: 'Consent missing' });
});
