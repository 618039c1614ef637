import { planSecrets, secretFaults } from '../../../shared/http/connectionSecretRules';
import type { Connection } from '../../../shared/model/connection';
import { plainConnection } from '../../support/plainConnection';

const at = '2026-11-20T08:00:00.000Z';
const pagerduty: Connection = { ...plainConnection, tool: 'pagerduty', auth: { kind: 'bearer' }, secretsSetAt: {} };
const key = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const withSettings = (settings: Record<string, string>): Connection => ({ ...pagerduty, mapping: { settings } });

describe('a routing key of PagerDuty', () => {
  test.each<[Record<string, string>, string[]]>([
    [{}, ['outbound.secret']],
    [{ service: 'PWIXJZS' }, []],
    [{ service: 'PWIXJZS', via: 'rest' }, []],
    [{ service: 'PWIXJZS', via: 'events' }, ['outbound.secret']],
  ])('with settings %j is needed: %j', (settings, fields) => {
    const { faults } = planSecrets(withSettings(settings), undefined, { auth: 'token' });
    expect(faults.map(({ field }) => field)).toEqual(fields);
  });

  test('is no signing key, and at least 24 characters', () => {
    expect(secretFaults(pagerduty, { outbound: 'R0123456789ABCDEFGHIJKLMNOPQRSTU' })).toEqual([]);
    expect(secretFaults(pagerduty, { outbound: 'short' })).toMatchObject([{ field: 'outbound.secret' }]);
  });

  test('is not sent to another place for events, once that is set', () => {
    const before = { ...withSettings({}), secretsSetAt: { auth: at, outbound: at } };
    const after = withSettings({ eventsUrl: 'https://events.elsewhere.example' });
    expect(planSecrets(before, before, {}).plan.keep).toEqual(['auth', 'outbound']);
    expect(planSecrets(after, before, {}).faults.map(({ field }) => field)).toEqual(['auth.secret', 'outbound.secret']);
  });
});

test('what nothing uses any more is dropped, and what is sent anew is neither kept nor dropped', () => {
  const before = { ...pagerduty, secretsSetAt: { auth: at, inbound: at, outbound: at } };
  const after: Connection = { ...plainConnection, tool: 'webhook' };
  const { plan, faults } = planSecrets(after, before, { outbound: key });
  expect([plan, faults]).toEqual([{ put: { outbound: key }, keep: [], drop: ['auth', 'inbound'] }, []]);
});

test('a fault never holds the secret', () => {
  const given = { auth: 'canary-auth', inbound: 'canary-inbound', outbound: 'canary-outbound' };
  const faults = secretFaults(plainConnection, given);
  expect(faults.map(({ field }) => field)).toEqual(['auth.secret', 'inbound.secret', 'outbound.secret']);
  expect(JSON.stringify(faults)).not.toContain('canary');
});

test('an ed25519 key proves a sender, and signs nothing of ours', () => {
  const publicKey = `whpk_${Buffer.alloc(32, 2).toString('base64')}`;
  expect(secretFaults(plainConnection, { inbound: publicKey })).toEqual([]);
  expect(secretFaults({ ...plainConnection, tool: 'webhook' }, { outbound: publicKey })).toHaveLength(1);
});
