import type { TokenCredential } from '@azure/identity';
import { createUserTokens } from '../../../shared/identity/onBehalfOf';
import type { Proof } from '../../../shared/identity/proof';
import type { UserTokens } from '../../../shared/ports';
import { plainTenant } from '../../support/plainTenant';

const tenant = plainTenant('11111111-0000-4000-8000-000000000001');
const clientId = '22222222-0000-4000-8000-000000000002';
const nowMs = Date.parse('2026-11-20T08:00:00Z');
const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const tokenOf = (claims: Record<string, unknown>): string => `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`;
const assertionOf = (person: number, of: number): string =>
  tokenOf({ oid: `person-${person}`, tid: tenant.tenantId, exp: nowMs / 1000 + 3_600, scp: 'access_as_user', of });

/** An Entra that answers every exchange; who asked is the first word of what it was asked with. */
const start = (mostKept: number, answered: (assertion: string) => Record<string, unknown> = () => ({})) => {
  const asked: string[] = [];
  const proof: Pick<Proof, 'onBehalfOf'> = {
    onBehalfOf: (_, assertion): TokenCredential => ({
      getToken: () => {
        asked.push(assertion);
        const { oid } = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as {
          oid: string;
        };
        const claims = {
          tid: tenant.tenantId,
          aud: 'https://graph.microsoft.com',
          appid: clientId,
          oid,
          scp: 'User.Read',
        };
        const token = tokenOf({ ...claims, ...answered(assertion), nth: asked.length });
        return Promise.resolve({ token, expiresOnTimestamp: nowMs + 3_600_000 });
      },
    }),
  };
  const tokens: UserTokens = createUserTokens({
    apiApplication: () => ({
      clientId,
      authority: 'https://login.example',
      authorityOverridden: true,
      proofs: {
        current: () => Promise.resolve(proof as Proof),
        instead: () => Promise.resolve(undefined),
        trouble: () => undefined,
      },
    }),
    config: { home: { tenantId: tenant.tenantId, clientId, cloud: 'public' }, publicUrl: undefined },
    clock: { now: () => nowMs },
    mostKept,
  });
  const get = async (assertion: string): Promise<string> =>
    (await tokens.onBehalfOf(assertion, tenant, 'https://graph.microsoft.com/.default')).token;
  return { asked, get };
};

test('so many tokens are kept, and those not asked for longest go first', async () => {
  const { asked, get } = start(3);
  const people = [1, 2, 3, 4].map((person) => assertionOf(person, 0));
  const [first = '', second = '', third = '', fourth = ''] = people;
  for (const each of [first, second, third]) await get(each);
  await get(first);
  await get(fourth);
  expect(asked).toHaveLength(4);
  await get(first);
  await get(third);
  await get(fourth);
  expect(asked).toHaveLength(4);
  await get(second);
  expect(asked).toHaveLength(5);
});

test('no one is ever handed another’s', async () => {
  const { get } = start(50);
  const asking = Array.from({ length: 400 }, (_, at) => assertionOf(at % 20, at % 7));
  const got = await Promise.all(asking.map(get));
  const whose = (token: string): string =>
    (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { oid: string }).oid;
  expect(got.map(whose)).toEqual(asking.map(whose));
});

test('a token of someone else is refused, and asked for anew the next time', async () => {
  let oid: string | undefined = 'person-2';
  const { asked, get } = start(3, () => (oid === undefined ? {} : { oid }));
  await expect(get(assertionOf(1, 0))).rejects.toMatchObject({ code: 'ERR_AUTH', raw: 'oid' });
  oid = undefined;
  await get(assertionOf(1, 0));
  expect(asked).toHaveLength(2);
});
