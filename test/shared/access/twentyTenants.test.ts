import type { Access } from '../../../shared/model/access';
import { pendingAccess } from '../../../shared/model/access';
import type { ReadTenants } from './readTenants';
import { readTenants } from './readTenants';

/** Entra's tokens live for an hour and are renewed a quarter of an hour before. */
const tokenMinutes = 45;
const intervalMinutes = 5;
const probeMinutes = 15;

let world: ReadTenants;
beforeEach(async () => {
  world = await readTenants(20);
  await world.minutes(intervalMinutes + 1);
});

const failures = (): readonly string[] =>
  world.runs.filter(({ state }) => state === 'failed').map(({ tenantId, code }) => `${tenantId} ${code ?? ''}`);
/** All but the one were read within their interval, and no run of theirs failed. */
const expectOthersUnaffected = async (except: string): Promise<void> => {
  const others = world.tenants.filter(({ tenantId }) => tenantId !== except);
  expect(others).toHaveLength(19);
  expect(failures().filter((failure) => !failure.startsWith(except))).toEqual([]);
  for (const { tenantId } of others) {
    expect((await world.access(tenantId)).state).toBe('granted');
    const ageMs = world.clock.now() - Date.parse((await world.lastSuccess(tenantId)) ?? '');
    expect(ageMs).toBeLessThanOrEqual(intervalMinutes * 60_000);
  }
};
const consents = () => world.cloud.consents;
const reader = () => world.cloud.registrations.reader;
const customer = () => world.cloud.world.findTenant(world.tenants[7]!.tenantId)!;
const untilState = (state: string) => async (): Promise<boolean> =>
  (await world.access(customer().tenantId)).state === state;

const expectHealed = async (): Promise<void> => {
  const { tenantId } = customer();
  const healedAfter = await world.minutes(probeMinutes + 2, untilState('granted'));
  expect(healedAfter).toBeLessThanOrEqual(probeMinutes + 1);
  expect(world.runs.at(-1)?.state).toBe('complete');
  await expectOthersUnaffected(tenantId);
  await world.minutes(2 * intervalMinutes);
  expect((await world.access(tenantId)).state).toBe('granted');
};

test('all are read to begin with', async () => {
  expect(failures()).toEqual([]);
  for (const { tenantId } of world.tenants) expect(await world.lastSuccess(tenantId)).toBeDefined();
});

test('consent revoked for one, whose token Defender refuses at once: blocked with the link within one interval, healed within one probe', async () => {
  const { tenantId } = customer();
  consents().set(customer(), reader(), false);
  world.cloud.behaviour.failNext({ service: 'graph', tenantId, status: 401, times: 1 });
  expect(await world.minutes(intervalMinutes + 1, untilState('blocked'))).toBeLessThanOrEqual(intervalMinutes);
  const access = await world.access(tenantId);
  expect(access).toMatchObject({ state: 'blocked', reason: 'consentMissing', raw: 'AADSTS700016' });
  expect(access.link).toContain(`/${tenantId}/v2.0/adminconsent?client_id=${reader().clientId}`);
  await world.minutes(2 * probeMinutes);
  await expectOthersUnaffected(tenantId);
  consents().set(customer(), reader(), true);
  await expectHealed();
});

test('consent revoked for one, whose token Defender still takes: blocked when that token is renewed', async () => {
  const { tenantId } = customer();
  consents().set(customer(), reader(), false);
  const minutes = await world.minutes(2 * tokenMinutes, untilState('blocked'));
  expect(minutes).toBeLessThanOrEqual(tokenMinutes + intervalMinutes);
  await expectOthersUnaffected(tenantId);
  consents().set(customer(), reader(), true);
  await expectHealed();
});

test('a role taken from one: blocked for that, and healed within one probe though the token of the last run lacks the role', async () => {
  const { tenantId } = customer();
  const without = reader().asks.map((each) => ({ ...each, roles: [] }));
  consents().grant(customer(), reader(), without);
  await world.minutes(2 * tokenMinutes, untilState('blocked'));
  expect(await world.access(tenantId)).toMatchObject({ state: 'blocked', reason: 'roleMissing' });
  consents().set(customer(), reader(), true);
  await expectHealed();
});

test('hunting taken from one: access in part without any check, and whole again by itself', async () => {
  const { tenantId } = customer();
  const withoutHunting = reader().asks.map((each) => ({
    ...each,
    roles: each.roles.filter((role) => role !== 'ThreatHunting.Read.All'),
  }));
  consents().grant(customer(), reader(), withoutHunting);
  await world.minutes(2 * tokenMinutes, untilState('partial'));
  const access = await world.access(tenantId);
  expect(access).toMatchObject({ state: 'partial', reason: 'roleMissing' });
  expect(access.cure).toContain('ThreatHunting.Read.All of Microsoft Graph');
  expect(failures()).toEqual([]);
  consents().set(customer(), reader(), true);
  await world.minutes(2 * tokenMinutes, untilState('granted'));
  expect((await world.access(tenantId)).state).toBe('granted');
});

test('a registration that no run uses is probed and heals by itself, too, within one probe', async () => {
  const { tenantId } = customer();
  const refused: Access = {
    ...pendingAccess,
    state: 'blocked',
    reason: 'consentMissing',
    cure: 'Open the link.',
    since: '2026-11-20T08:00:00.000Z',
    blockedUntil: '2026-11-20T08:00:00.000Z',
  };
  await world.putAccess(tenantId, refused, 'defender');
  const isHealed = async (): Promise<boolean> => (await world.access(tenantId, 'defender')).state === 'granted';
  expect(await world.minutes(2 * probeMinutes, isHealed)).toBeLessThanOrEqual(probeMinutes + intervalMinutes);
  expect((await world.access(tenantId)).state).toBe('granted');
});

test('a secret rotated in the vault, the old one revoked: no run of any tenant fails', async () => {
  const old = world.vault.secret;
  world.vault.secret = world.cloud.registrations.addSecret(reader().clientId);
  await world.minutes(7);
  world.cloud.registrations.removeSecret(reader().clientId, old);
  await world.minutes(2 * tokenMinutes);
  expect(failures()).toEqual([]);
  expect(world.runs.length).toBeGreaterThan(20 * 15);
});

test.each([0, 20, 40, 44, 50])(
  'the vault away for ten minutes, %i minutes on: no run of any tenant fails',
  async (on) => {
    await world.minutes(on);
    world.vault.isAway = true;
    await world.minutes(10);
    world.vault.isAway = false;
    await world.minutes(20);
    expect(failures()).toEqual([]);
  },
);
