import type { Env } from '../../shared/config';
import { endpointsIn, loadConfig, scheduleOf } from '../../shared/config';
import { ConfigError } from '../../shared/errors';

const least: Env = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  TASK_HUB_NAME: 'RelayTest',
  KEY_VAULT_URL: 'https://relay.vault.azure.net/',
  RELAY_TENANT_ID: 'AAAAAAAA-0000-4000-8000-000000000001',
  RELAY_CLIENT_ID: 'bbbbbbbb-0000-4000-8000-000000000002',
};
const and = (more: Env): Env => ({ ...least, ...more });

const faultsOf = (env: Env): readonly string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};
const faultyNames = (env: Env): string[] => faultsOf(env).map((fault) => fault.split(' ')[0]!);

const readingRegistration = { clientId: least.RELAY_CLIENT_ID, credentialName: 'relay-app-secret' };

describe('the least one has to set', () => {
  test('gets the defaults of the design', () => {
    expect(loadConfig(least)).toEqual({
      storage: { kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' },
      taskHubName: 'RelayTest',
      keyVaultUrl: 'https://relay.vault.azure.net',
      tenantVaultUrl: 'https://relay.vault.azure.net',
      registrations: {
        reader: readingRegistration,
        writer: readingRegistration,
        defender: readingRegistration,
        api: readingRegistration,
      },
      cli: undefined,
      responder: undefined,
      managedIdentityClientId: undefined,
      home: {
        tenantId: 'aaaaaaaa-0000-4000-8000-000000000001',
        clientId: 'bbbbbbbb-0000-4000-8000-000000000002',
        cloud: 'public',
      },
      credential: { kind: 'secret', name: 'relay-app-secret' },
      endpoints: {
        authority: 'https://login.microsoftonline.com',
        authorityOverridden: false,
        graph: 'https://graph.microsoft.com',
        defender: 'https://api.security.microsoft.com',
        mde: 'https://api.securitycenter.microsoft.com',
      },
      scopes: {},
      api: {
        audiences: ['bbbbbbbb-0000-4000-8000-000000000002', 'api://bbbbbbbb-0000-4000-8000-000000000002'],
        issuers: [
          'https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-000000000001/v2.0',
          'https://sts.windows.net/aaaaaaaa-0000-4000-8000-000000000001/',
        ],
      },
      sync: {
        schedule: '0 * * * * *',
        intervalSeconds: 300,
        overlapMinutes: 60,
        tenantConcurrency: 64,
        tenantsPerActivity: 50,
      },
      reconcile: { schedule: '0 30 2 * * *', hours: 72 },
      sweep: { schedule: '0 */5 * * * *' },
      keep: { incidentsDays: 400, coverageDays: 400, deliveriesDays: 90, inboxDays: 14 },
      ungroupedTenants: 'all',
      allowPrivateTargets: false,
      publicUrl: undefined,
    });
  });

  test('an empty text counts as unset', () => {
    expect(loadConfig(and({ SYNC_INTERVAL_SECONDS: '', RELAY_CLOUD: '', RELAY_STORAGE: '' }))).toEqual(
      loadConfig(least),
    );
    expect(faultyNames(and({ TASK_HUB_NAME: '' }))).toEqual(['TASK_HUB_NAME']);
  });
});

describe('faults', () => {
  test('all of them are reported together, each under its name', () => {
    expect(
      faultyNames({
        RELAY_TENANT_ID: 'contoso.com',
        SYNC_INTERVAL_SECONDS: '0',
        RELAY_STORAGE__blobServiceUri: 'https://b',
      }),
    ).toEqual([
      'TASK_HUB_NAME',
      'KEY_VAULT_URL',
      'RELAY_TENANT_ID',
      'RELAY_CLIENT_ID',
      'SYNC_INTERVAL_SECONDS',
      'RELAY_STORAGE__tableServiceUri',
      'RELAY_STORAGE__queueServiceUri',
    ]);
  });

  test('no storage at all is a fault', () => {
    expect(faultyNames({ ...least, AzureWebJobsStorage: undefined })).toEqual(['AzureWebJobsStorage']);
  });

  test.each([
    ['TASK_HUB_NAME', ['ab', '1hub', 'hub-name', 'a'.repeat(46)]],
    ['KEY_VAULT_URL', ['relay', 'http://relay.vault.azure.net']],
    ['AZURE_CLIENT_ID', ['mine']],
    ['RELAY_CREDENTIAL_NAME', ['a_b', 'a'.repeat(128)]],
    ['RELAY_CREDENTIAL', ['password', 'Secret']],
    ['TENANT_VAULT_URL', ['tenants', 'http://tenants.vault.azure.net']],
    ['RELAY_WRITER_CLIENT_ID', ['writer']],
    ['RELAY_WRITER_CREDENTIAL_NAME', ['a_b']],
    ['RELAY_DEFENDER_CLIENT_ID', ['defender']],
    ['RELAY_DEFENDER_CREDENTIAL_NAME', ['a_b']],
    ['RELAY_API_CREDENTIAL_NAME', ['a_b']],
    ['RELAY_CLI_CLIENT_ID', ['cli']],
    ['RELAY_RESPONDER_CLIENT_ID', ['responder']],
    ['RELAY_RESPONDER_CREDENTIAL_NAME', ['a_b']],
    ['RELAY_CLOUD', ['germany', 'Public']],
    ['GRAPH_ENDPOINT', ['http://graph.microsoft.com']],
    ['DEFENDER_ENDPOINT', ['http://api.security.microsoft.com', 'api.security.microsoft.com']],
    ['DEFENDER_SCOPE', ['api.security.microsoft.com/.default', 'https://api.security.microsoft.com', '/.default']],
    ['MDE_SCOPE', ['https://api.example/Machine.Read']],
    ['SYNC_SCHEDULE', ['every minute', '* * *', '* * * * * * *']],
    ['SYNC_INTERVAL_SECONDS', ['0', '86401', '60.5', '-60', '1e3', ' 60']],
    ['SYNC_OVERLAP_MINUTES', ['0', '10081']],
    ['SYNC_TENANT_CONCURRENCY', ['0', '513']],
    ['SYNC_TENANTS_PER_ACTIVITY', ['0', '1001']],
    ['RECONCILE_SCHEDULE', ['nightly', '2:30']],
    ['RECONCILE_HOURS', ['0', '4321']],
    ['SWEEP_SCHEDULE', ['5 minutes']],
    ['RELAY_KEEP_INCIDENTS_DAYS', ['0', '199', '36501']],
    ['RELAY_KEEP_COVERAGE_DAYS', ['29']],
    ['RELAY_KEEP_DELIVERIES_DAYS', ['6']],
    ['RELAY_KEEP_INBOX_DAYS', ['6', '366']],
    ['RELAY_UNGROUPED_TENANTS', ['none']],
    ['RELAY_ALLOW_PRIVATE_TARGETS', ['yes', '1', 'TRUE']],
    [
      'RELAY_PUBLIC_URL',
      [
        ...['relay.example', 'ftp://relay.example', 'http://relay.example', 'http://127.0.0.1:7071'],
        ...['https://relay.example/path', 'https://relay.example?x', 'https://user:pass@relay.example'],
      ],
    ],
  ])('%s is refused where it is malformed', (name, values) => {
    for (const value of values) expect(faultyNames(and({ [name]: value }))).toEqual([name]);
  });

  test('our own address is kept without a final slash; plain http is for loopback where private targets are allowed', () => {
    const urlOf = (env: Record<string, string>) => loadConfig(and(env)).publicUrl;
    expect(urlOf({})).toBeUndefined();
    expect(urlOf({ RELAY_PUBLIC_URL: 'https://Relay.Example/' })).toBe('https://relay.example');
    const local = { RELAY_PUBLIC_URL: 'http://127.0.0.1:7071/', RELAY_ALLOW_PRIVATE_TARGETS: 'true' };
    expect(urlOf(local)).toBe('http://127.0.0.1:7071');
    expect(faultyNames(and({ ...local, RELAY_PUBLIC_URL: 'http://relay.example' }))).toEqual(['RELAY_PUBLIC_URL']);
  });

  test('an identity of the system cannot stand in place of a secret', () => {
    expect(faultyNames(and({ RELAY_CREDENTIAL: 'federated', AZURE_CLIENT_ID: '' }))).toEqual(['AZURE_CLIENT_ID']);
  });
});

describe('registrations', () => {
  const writerId = 'aaaaaaaa-0000-4000-8000-00000000000a';
  const identity = { AZURE_CLIENT_ID: 'bbbbbbbb-0000-4000-8000-00000000000b' };

  test('without an id of their own are the reading one, whatever name is set for their credential', () => {
    const { registrations } = loadConfig(and({ RELAY_WRITER_CREDENTIAL_NAME: 'another' }));
    expect(registrations.writer).toEqual(registrations.reader);
    expect(registrations.defender).toEqual(registrations.reader);
    expect(loadConfig(and({ RELAY_WRITER_CLIENT_ID: least.RELAY_CLIENT_ID })).registrations.writer).toEqual(
      registrations.reader,
    );
  });

  test.each([
    ['secret', ['relay-app-secret', 'relay-writer-secret', 'relay-defender-secret', 'relay-api-secret']],
    ['certificate', ['relay-app-cert', 'relay-writer-cert', 'relay-defender-cert', 'relay-api-cert']],
    ['federated', ['', '', '', '']],
  ])('by %s have their credentials under names of that kind', (kind, names) => {
    const set = {
      ...identity,
      RELAY_WRITER_CLIENT_ID: writerId,
      RELAY_DEFENDER_CLIENT_ID: writerId,
      RELAY_API_CLIENT_ID: writerId,
    };
    const { credential, registrations } = loadConfig(and({ ...set, RELAY_CREDENTIAL: kind }));
    expect(Object.values(registrations).map(({ credentialName }) => credentialName)).toEqual(names);
    expect(credential).toEqual({ kind, name: names[0] });
    expect(registrations.writer.clientId).toBe(writerId);
  });

  test('for the command line and for acting exist only where they are set', () => {
    const ids = { RELAY_CLI_CLIENT_ID: writerId.toUpperCase(), RELAY_RESPONDER_CLIENT_ID: writerId };
    const { cli, responder } = loadConfig(and(ids));
    expect({ cli, responder }).toEqual({
      cli: { clientId: writerId },
      responder: { clientId: writerId, credentialName: 'relay-responder-secret' },
    });
    // Reading and acting are never one: who may act is another app, with an identity of its own.
    expect(loadConfig(and({ RELAY_RESPONDER_CLIENT_ID: least.RELAY_CLIENT_ID })).responder).toBeUndefined();
  });

  test('have names of one’s own where they are set', () => {
    const set = {
      RELAY_CREDENTIAL_NAME: 'one',
      RELAY_DEFENDER_CLIENT_ID: writerId,
      RELAY_DEFENDER_CREDENTIAL_NAME: 'two',
    };
    const { reader, defender } = loadConfig(and(set)).registrations;
    expect([reader.credentialName, defender.credentialName]).toEqual(['one', 'two']);
  });

  test('the vault of tenants is the app’s own unless there is another', () => {
    expect(loadConfig(least).tenantVaultUrl).toBe(loadConfig(least).keyVaultUrl);
    expect(loadConfig(and({ TENANT_VAULT_URL: 'https://tenants.vault.azure.net/' })).tenantVaultUrl).toBe(
      'https://tenants.vault.azure.net',
    );
  });
});

test('settings move the services of the home cloud alone', () => {
  const config = loadConfig(
    and({ GRAPH_ENDPOINT: 'https://proxy.example', ENTRA_AUTHORITY_HOST: 'https://login.example' }),
  );
  expect(endpointsIn(config, 'public')).toBe(config.endpoints);
  expect(endpointsIn(config, 'usgov')).toMatchObject({
    authority: 'https://login.microsoftonline.us',
    authorityOverridden: false,
    graph: 'https://graph.microsoft.us',
    defender: 'https://api-gov.security.microsoft.us',
  });
  expect(endpointsIn(config, 'china')).toMatchObject({ graph: '', defender: '' });
});

describe('storage', () => {
  const uris = {
    RELAY_STORAGE__tableServiceUri: 'https://acc.table.core.windows.net/',
    RELAY_STORAGE__blobServiceUri: 'https://acc.blob.core.windows.net',
    RELAY_STORAGE__queueServiceUri: 'https://acc.queue.core.windows.net',
    RELAY_STORAGE__credential: 'managedidentity',
  };

  test('RELAY_STORAGE comes before the host’s own storage', () => {
    expect(loadConfig(and({ RELAY_STORAGE: 'own' })).storage).toEqual({
      kind: 'connectionString',
      connectionString: 'own',
    });
  });

  test('service URIs mean identity, with its own client id before the app’s', () => {
    const app = 'cccccccc-0000-4000-8000-000000000003';
    const own = 'dddddddd-0000-4000-8000-000000000004';
    expect(loadConfig(and({ ...uris, AZURE_CLIENT_ID: app })).storage).toMatchObject({
      kind: 'identity',
      clientId: app,
    });
    expect(loadConfig(and({ ...uris, AZURE_CLIENT_ID: app, RELAY_STORAGE__clientId: own })).storage).toMatchObject({
      kind: 'identity',
      blobServiceUri: 'https://acc.blob.core.windows.net',
      clientId: own,
    });
  });
});

describe('clouds and overrides', () => {
  test.each([
    [
      'usgov',
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
      'https://api-gov.security.microsoft.us',
    ],
    [
      'usgovdod',
      'https://login.microsoftonline.us',
      'https://dod-graph.microsoft.us',
      'https://api-gov.security.microsoft.us',
    ],
    ['china', 'https://login.partner.microsoftonline.cn', '', ''],
  ])('%s has its own authority, Graph and Defender APIs', (cloud, authority, graph, defender) => {
    expect(loadConfig(and({ RELAY_CLOUD: cloud })).endpoints).toEqual({
      authority,
      authorityOverridden: false,
      graph,
      defender,
      mde: defender.replace('.security.', '.securitycenter.'),
    });
  });

  test('an overridden authority is marked as one and loses its final slash', () => {
    const { endpoints, api } = loadConfig(
      and({
        ENTRA_AUTHORITY_HOST: 'https://127.0.0.1:8443/',
        GRAPH_ENDPOINT: 'https://127.0.0.1:8444',
        DEFENDER_ENDPOINT: 'https://127.0.0.1:8445/',
        MDE_ENDPOINT: 'https://127.0.0.1:8446/',
      }),
    );
    expect(endpoints).toEqual({
      authority: 'https://127.0.0.1:8443',
      authorityOverridden: true,
      graph: 'https://127.0.0.1:8444',
      defender: 'https://127.0.0.1:8445',
      mde: 'https://127.0.0.1:8446',
    });
    expect(api.issuers[0]).toBe('https://127.0.0.1:8443/aaaaaaaa-0000-4000-8000-000000000001/v2.0');
  });

  test('scopes that no page confirms can be overruled, for the home cloud', () => {
    const given = 'https://api-gcc.security.microsoft.us/.default';
    expect(loadConfig(and({ DEFENDER_SCOPE: given })).scopes).toEqual({
      'https://api.security.microsoft.com/.default': given,
    });
    expect(loadConfig(and({ RELAY_CLOUD: 'usgov', MDE_SCOPE: 'api://mde/.default' })).scopes).toEqual({
      'https://api-gov.securitycenter.microsoft.us/.default': 'api://mde/.default',
    });
    expect(loadConfig(and({ RELAY_CLOUD: 'china', DEFENDER_SCOPE: given })).scopes).toEqual({});
  });

  test('audiences are a comma list, and follow the api registration where none are given', () => {
    expect(loadConfig(and({ RELAY_API_AUDIENCE: ' api://one , two,,' })).api.audiences).toEqual(['api://one', 'two']);
    const api = 'eeeeeeee-0000-4000-8000-000000000005';
    expect(loadConfig(and({ RELAY_API_CLIENT_ID: api })).api.audiences).toEqual([api, `api://${api}`]);
  });

  test.each([
    ['https://relay.example', 'false', 'https://relay.example'],
    ['https://relay.example:8443/', 'false', 'https://relay.example:8443'],
    ['http://127.0.0.1:7071', 'true', 'http://127.0.0.1:7071'],
    ['http://localhost:7071', 'true', 'http://localhost:7071'],
  ])('our own address %s is taken, private targets %s', (url, isLocal, expected) => {
    const config = loadConfig(and({ RELAY_PUBLIC_URL: url, RELAY_ALLOW_PRIVATE_TARGETS: isLocal }));
    expect(config.publicUrl).toBe(expected);
  });

  test.each([
    ['http://127.0.0.1:7071', 'false'],
    ['http://relay.example', 'true'],
    ['https://relay.example/relay', 'false'],
    ['https://relay.example?x=1', 'false'],
    ['https://ana@relay.example', 'false'],
    ['relay.example', 'false'],
  ])('our own address %s is refused, private targets %s', (url, isLocal) => {
    expect(faultyNames(and({ RELAY_PUBLIC_URL: url, RELAY_ALLOW_PRIVATE_TARGETS: isLocal }))).toEqual([
      'RELAY_PUBLIC_URL',
    ]);
  });
});

test('the timer reads its schedule from the setting only where one is set', () => {
  expect(scheduleOf({}, 'SYNC_SCHEDULE')).toBe('0 * * * * *');
  expect(scheduleOf({ SYNC_SCHEDULE: '' }, 'SYNC_SCHEDULE')).toBe('0 * * * * *');
  expect(scheduleOf({ SYNC_SCHEDULE: '30 * * * * *' }, 'SYNC_SCHEDULE')).toBe('%SYNC_SCHEDULE%');
});
