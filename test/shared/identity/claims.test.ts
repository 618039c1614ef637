import { AuthError } from '../../../shared/errors';
import { checkClaims, checkUserClaims, resourceOf, scopesIn } from '../../../shared/identity/claims';

const expected = {
  tenantId: '11111111-0000-4000-8000-000000000001',
  clientId: '22222222-0000-4000-8000-000000000002',
  scope: 'https://graph.microsoft.com/.default',
};
const good = { tid: expected.tenantId, aud: 'https://graph.microsoft.com', appid: expected.clientId };
const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const tokenOf = (claims: Record<string, unknown>): string =>
  `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2ln`;
const rawOf = (token: string, scope = expected.scope): string | undefined => {
  try {
    checkClaims(token, { ...expected, scope });
    return undefined;
  } catch (error) {
    if (error instanceof AuthError) return error.raw;
    throw error;
  }
};

test.each<[string, Record<string, unknown>]>([
  ['names Graph by its address', good],
  ['names Graph by its address with a slash', { ...good, aud: 'https://graph.microsoft.com/' }],
  ['names Graph by its id', { ...good, aud: '00000003-0000-0000-c000-000000000000' }],
  ['is of version 2 and names its client as azp', { tid: good.tid, aud: good.aud, azp: expected.clientId }],
])('a token that %s passes', (_, claims) => {
  expect(rawOf(tokenOf(claims))).toBeUndefined();
});

test.each<[string, Record<string, unknown>]>([
  ['tid', { ...good, tid: '33333333-0000-4000-8000-000000000003' }],
  ['tid', { ...good, tid: undefined }],
  ['aud', { ...good, aud: 'https://graph.microsoft.com.evil.example' }],
  ['aud', { ...good, aud: 'https://management.azure.com' }],
  ['aud', { ...good, aud: ['https://graph.microsoft.com'] }],
  ['appid', { ...good, appid: '33333333-0000-4000-8000-000000000003' }],
  ['appid', { tid: good.tid, aud: good.aud }],
  ['appid', { ...good, appid: '33333333-0000-4000-8000-000000000003', azp: expected.clientId }],
  ['tid,aud,appid', {}],
])('a token with a wrong %s is refused and says which', (claims, given) => {
  expect(rawOf(tokenOf(given))).toBe(claims);
});

test('a token for Defender for Endpoint is none for Microsoft Threat Protection, nor the other way round', () => {
  const endpoint = 'https://api.securitycenter.microsoft.com';
  const protection = 'https://api.security.microsoft.com';
  for (const aud of [endpoint, 'fc780465-2017-40d4-a0c5-307022471b92']) {
    expect(rawOf(tokenOf({ ...good, aud }), `${endpoint}/.default`)).toBeUndefined();
    expect(rawOf(tokenOf({ ...good, aud }), `${protection}/.default`)).toBe('aud');
  }
  expect(rawOf(tokenOf({ ...good, aud: protection }), `${endpoint}/.default`)).toBe('aud');
});

test('another cloud’s Graph is another audience', () => {
  const government = 'https://graph.microsoft.us/.default';
  expect(rawOf(tokenOf({ ...good, aud: 'https://graph.microsoft.us' }), government)).toBeUndefined();
  expect(rawOf(tokenOf(good), government)).toBe('aud');
});

test('the Defender API is named by its address or its id, and is not Graph', () => {
  const defender = 'https://api.security.microsoft.com/.default';
  for (const aud of ['https://api.security.microsoft.com', '8ee8fdad-f234-4243-8f3b-15c294843740'])
    expect(rawOf(tokenOf({ ...good, aud }), defender)).toBeUndefined();
  for (const aud of [
    'https://graph.microsoft.com',
    'https://api.securitycenter.microsoft.com',
    'https://api-gov.security.microsoft.us',
  ])
    expect(rawOf(tokenOf({ ...good, aud }), defender)).toBe('aud');
  expect(rawOf(tokenOf({ ...good, aud: '8ee8fdad-f234-4243-8f3b-15c294843740' }))).toBe('aud');
});

test('another resource has no second name', () => {
  const vault = 'https://vault.azure.net/.default';
  expect(rawOf(tokenOf({ ...good, aud: 'https://vault.azure.net' }), vault)).toBeUndefined();
  expect(rawOf(tokenOf({ ...good, aud: '00000003-0000-0000-c000-000000000000' }), vault)).toBe('aud');
});

test.each(['', 'opaque', 'a.b.c', `${part({})}.${part([])}.x`])('%j is no token', (text) => {
  expect(rawOf(text)).toBe('unreadable');
});

test('the refusal names tenant and claims, never the token', () => {
  const token = tokenOf({ ...good, tid: 'other' });
  const refuse = (): void => checkClaims(token, expected);
  expect(refuse).toThrow(expect.objectContaining({ tenantId: expected.tenantId, code: 'ERR_AUTH' }) as AuthError);
  expect(refuse).not.toThrow(token);
});

describe('a token in a person’s name', () => {
  const objectId = '44444444-0000-4000-8000-000000000004';
  const persons = { ...good, oid: objectId, scp: 'User.Read SecurityIncident.Read.All' };
  const rawOfPersons = (claims: Record<string, unknown>): string | undefined => {
    try {
      checkUserClaims(tokenOf(claims), { ...expected, objectId });
      return undefined;
    } catch (error) {
      if (error instanceof AuthError) return error.raw;
      throw error;
    }
  };

  test('passes where it is that person’s', () => {
    expect(rawOfPersons(persons)).toBeUndefined();
    expect(scopesIn(tokenOf(persons), expected.tenantId)).toEqual(['User.Read', 'SecurityIncident.Read.All']);
    expect(scopesIn(tokenOf(good), expected.tenantId)).toEqual([]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['oid', { ...persons, oid: '55555555-0000-4000-8000-000000000005' }],
    ['oid', { ...persons, oid: undefined }],
    ['scp', { ...persons, scp: undefined }],
    ['scp', { ...persons, scp: '' }],
    ['scp', { ...persons, scp: ['User.Read'] }],
    ['scp', { ...persons, idtyp: 'app' }],
    ['tid', { ...persons, tid: '33333333-0000-4000-8000-000000000003' }],
    ['tid,aud,appid,oid,scp', {}],
  ])('with a wrong %s is refused and says which', (claims, given) => {
    expect(rawOfPersons(given)).toBe(claims);
  });
});

test('the resource of a scope is all before its last slash', () => {
  expect(resourceOf('https://graph.microsoft.com/.default')).toBe('https://graph.microsoft.com');
  expect(resourceOf('api://22222222-0000-4000-8000-000000000002/access_as_user')).toBe(`api://${expected.clientId}`);
});
