import { decodeJwt } from 'jose';
import type { Answer } from '../../../../local/microsoft/answer';
import { approveDeviceCode } from '../../../../local/microsoft/entra/approveDeviceCode';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestClock, createTestCloud, firstTenant } from '../testCloud';
import { personAt, postForm, refusalIn, tokensIn } from './entraCalls';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
});

interface Begun {
  device_code: string;
  user_code: string;
  verification_uri: string;
  expires_in: number;
  interval: number;
  message: string;
}

const scope = 'openid https://graph.microsoft.com/SecurityIncident.Read.All';
const customer = () => firstTenant(state);
const nameOf = (index: number): string => state.users.of(customer())[index]!.userPrincipalName;
const begin = async (tenant = customer().tenantId): Promise<Begun> => {
  const form = { client_id: state.registrations.cli.clientId, scope };
  const answer = await postForm(state, `/${tenant}/oauth2/v2.0/devicecode`, form);
  return JSON.parse(answer.body) as Begun;
};
const poll = ({ device_code }: Begun, tenant = customer().tenantId, form: Record<string, string> = {}) =>
  postForm(state, `/${tenant}/oauth2/v2.0/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: state.registrations.cli.clientId,
    device_code,
    ...form,
  });
const refused = (answer: Answer) => refusalIn(answer).error;

test('the device is told what to show, waits, and has its tokens once the user has signed in', async () => {
  const begun = await begin();
  expect(begun).toMatchObject({
    user_code: expect.stringMatching(/^[A-Z2-9]{9}$/) as string,
    verification_uri: `${state.urls.entra}/common/oauth2/deviceauth`,
    expires_in: 900,
    interval: 5,
  });
  expect(begun.message).toContain(begun.user_code);
  expect(refusalIn(await poll(begun))).toEqual({ status: 400, error: 'authorization_pending', code: 70016 });
  const typed = ` ${begun.user_code.slice(0, 4).toLowerCase()}-${begun.user_code.slice(4)}`;
  const { titles } = await personAt(state).enterCode(begun.verification_uri, typed, { username: nameOf(1) });
  expect(titles).toEqual(['Pick an account', 'You’re signed in']);
  expect(decodeJwt(tokensIn(await poll(begun)).access_token).upn).toBe(nameOf(1));
  expect(refusalIn(await poll(begun))).toMatchObject({ error: 'invalid_grant', code: 54005 });
});

test('a device that asks too often is slowed down', async () => {
  const begun = await begin();
  await poll(begun);
  clock.advance(3);
  expect(refused(await poll(begun))).toBe('slow_down');
  clock.advance(5);
  expect(refused(await poll(begun))).toBe('authorization_pending');
});

test('a user who declines ends it', async () => {
  state.behaviour.setCondition(customer().tenantId, 'notConsented');
  const begun = await begin();
  const person = { username: nameOf(0), consent: 'cancel' as const };
  const { titles } = await personAt(state).enterCode(begun.verification_uri, begun.user_code, person);
  expect(titles.at(-1)).toBe('You’re not signed in');
  expect(refusalIn(await poll(begun))).toMatchObject({ error: 'authorization_declined', code: 65004 });
});

test('after a quarter of an hour it is over', async () => {
  const begun = await begin();
  clock.advance(901);
  expect(refused(await poll(begun))).toBe('expired_token');
  const { text } = await personAt(state).enterCode(begun.verification_uri, begun.user_code, { username: nameOf(1) });
  expect(text).toContain('That code didn’t work');
});

test('a user blocked meanwhile gets nothing', async () => {
  const begun = await begin();
  approveDeviceCode(state, begun.user_code, nameOf(1));
  state.users.of(customer())[1]!.blocked = true;
  expect(refusalIn(await poll(begun))).toMatchObject({ error: 'invalid_grant', code: 50057 });
});

test('the code of one tenant or device is no good elsewhere, and a public client shows no secret', async () => {
  const begun = await begin();
  expect(refused(await poll(begun, state.world.tenants[1]!.tenantId))).toBe('bad_verification_code');
  expect(refused(await poll({ ...begun, device_code: 'nothing' }))).toBe('bad_verification_code');
  expect(refusalIn(await poll(begun, undefined, { client_secret: 'a secret' }))).toMatchObject({ code: 700025 });
});

test('organizations is for the tenant of whoever signs in', async () => {
  const begun = await begin('organizations');
  approveDeviceCode(state, begun.user_code, nameOf(2));
  expect(decodeJwt(tokensIn(await poll(begun, 'organizations')).access_token).tid).toBe(customer().tenantId);
});

test('signing in without the pages is refused as the pages would', async () => {
  const refusalOf = async (name: string): Promise<unknown> => {
    const { user_code } = await begin();
    try {
      approveDeviceCode(state, user_code, name);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  expect(await refusalOf(nameOf(5))).toMatchObject({ code: 50057 });
  expect(await refusalOf('nobody@contoso.onmicrosoft.com')).toMatchObject({ code: 50034 });
  state.behaviour.setCondition(customer().tenantId, 'notConsented');
  expect(await refusalOf(nameOf(1))).toMatchObject({ code: 65001 });
  expect(() => approveDeviceCode(state, 'ABCDEFGH2', nameOf(1))).toThrow(RangeError);
});

test('only those who know the device code can poll: it is long and nothing like the code shown', async () => {
  const [one, other] = [await begin(), await begin()];
  expect(one.device_code.length).toBeGreaterThan(100);
  expect(one.device_code).not.toBe(other.device_code);
  expect(one.device_code).not.toContain(one.user_code);
});
