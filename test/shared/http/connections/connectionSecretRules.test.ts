import { planSecrets, secretFaults } from '../../../../shared/http/connections/connectionSecretRules';
import type { Connection } from '../../../../shared/model/connection';
import { plainConnection } from '../../../support/plainConnection';

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
  expect([plan, faults]).toEqual([{ put: { outbound: key }, keep: [], drop: ['auth', 'inbound'], ends: {} }, []]);
});

describe('the end of a secret', () => {
  const [day, later] = ['2027-05-31T00:00:00.000Z', '2028-05-31T00:00:00.000Z'];
  const before: Connection = {
    ...withSettings({ service: 'PWIXJZS' }),
    secretsSetAt: { auth: at, inbound: at },
    secretsEnd: { auth: day, inbound: 'never' },
  };

  test.each<[string, Parameters<typeof planSecrets>[2], Parameters<typeof planSecrets>[3], object]>([
    ['stays while its secret does', {}, {}, { auth: day, inbound: 'never' }],
    ['is replaced without the secret', {}, { auth: later }, { auth: later, inbound: 'never' }],
    ['may be taken back', {}, { auth: null }, { inbound: 'never' }],
    ['is not that of the secret that comes after', { auth: 'new' }, {}, { inbound: 'never' }],
    ['comes with a new secret', { auth: 'new' }, { auth: later }, { auth: later, inbound: 'never' }],
  ])('%s', (_, given, ends, wanted) => {
    const { plan, faults } = planSecrets(before, before, given, ends);
    expect([plan.ends, faults]).toEqual([wanted, []]);
  });

  test('goes with its secret', () => {
    const after: Connection = { ...plainConnection, tool: 'webhook' };
    expect(planSecrets(after, before, { outbound: key }, { inbound: day }).plan.ends).toEqual({});
  });

  test('of a secret that is not there is refused, and named once where the secret itself is missing', () => {
    const fieldsOf = (ends: Parameters<typeof planSecrets>[3]) =>
      planSecrets(before, undefined, {}, ends).faults.map(({ field }) => field);
    expect(fieldsOf({ auth: day, inbound: day })).toEqual(['auth.secret', 'inbound.expires']);
    expect(fieldsOf({ inbound: null })).toEqual(['auth.secret']);
  });
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
