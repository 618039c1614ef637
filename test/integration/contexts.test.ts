import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signInFailure } from '../../cli/signIn/signInFailure';
import type { Cloud, User } from '../../local/microsoft';
import type { Registration } from '../../local/microsoft/entra/registrations';
import { cureFor } from '../../shared/access/cures';
import type { Api } from '../../shared/access/permissions';
import { needs } from '../../shared/access/permissions';
import { userCureFor } from '../../shared/access/userCures';
import type { AccessReason } from '../../shared/errors';
import type { CredentialKind, Tenant } from '../../shared/model/tenant';
import type { Failure, IdentityProcess } from '../shared/identity/identityProcess';
import { claimsOf, startIdentity } from '../shared/identity/identityProcess';
import type { EntraBrowser } from '../support/entraBrowser';
import { openEntraBrowser } from '../support/entraBrowser';
import { plainTenant } from '../support/plainTenant';

/** The two older hunting APIs answer until 2027-02-01. */
const today = Date.parse('2026-11-21T12:00:00Z');
const resources: Readonly<Record<Api, string>> = {
  graph: 'https://graph.microsoft.com',
  mtp: 'https://api.security.microsoft.com',
  mde: 'https://api.securitycenter.microsoft.com',
};
const titles: Readonly<Record<Api, string>> = {
  graph: 'Microsoft 365 Defender',
  mtp: 'Microsoft Threat Protection',
  mde: 'Defender for Endpoint',
};
const kinds: readonly CredentialKind[] = ['secret', 'certificate', 'federated'];

interface Row {
  readonly api: Api;
  readonly context: 'app' | 'user' | 'partner';
  readonly by: CredentialKind | 'device code';
}
const rowsOf = (api: Api, context: Row['context'], by: readonly Row['by'][] = kinds): readonly Row[] =>
  by.map((each) => ({ api, context, by: each }));
/** Of a user: the API exchanges the caller's token, or a public client signs in; a partner is the app itself, or a person of its own. */
const rows: readonly Row[] = [
  ...rowsOf('graph', 'app'),
  ...rowsOf('graph', 'user', [...kinds, 'device code']),
  ...rowsOf('graph', 'partner', [...kinds, 'device code']),
  ...rowsOf('mde', 'app'),
  ...rowsOf('mde', 'user', [...kinds, 'device code']),
  ...rowsOf('mtp', 'app'),
  ...rowsOf('mtp', 'user', [...kinds, 'device code']),
];

let identity: IdentityProcess;
let cloud: Cloud;
let publicClient: PublicClient;
let analyst: User;
let home: Tenant;
let customer: Tenant;
const told: (readonly string[])[] = [];

beforeAll(async () => {
  identity = await startIdentity({ tenants: 2, incidentsPerTenant: 12, homeIncidents: 8 });
  cloud = identity.cloud;
  await identity.advance(today - Date.now());
  cloud.change({ deviceCodeIntervalSeconds: 1 });
  home = plainTenant(cloud.homeTenantId);
  customer = plainTenant(cloud.world.tenants[0]!.tenantId);
  analyst = cloud.usersOf(cloud.homeTenantId)[1]!;
  const { registrations, certificates, urls } = cloud.state;
  for (const [purpose, name] of [
    ['reader', 'relay-app-cert'],
    ['defender', 'relay-defender-cert'],
    ['api', 'relay-api-cert'],
  ] as const) {
    const { clientId } = registrations[purpose];
    registrations.addCertificate(clientId, certificates.create(name));
    registrations.trust(clientId, {
      issuer: `${urls.entra}/${cloud.homeTenantId}/v2.0`,
      subject: registrations.managedIdentity.principalId,
      audience: 'api://AzureADTokenExchange',
    });
  }
  publicClient = await startPublicClient(cloud);
}, 60_000);
afterAll(async () => {
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, at) => cell.padEnd([29, 9, 13, 33, 12, 8, 0][at] ?? 0)).join('')}`;
  const head = ['API', 'context', 'by', 'token', 'call', 'hunt', 'without its permission'];
  process.stdout.write(`\n${[head, ...told].map(line).join('\n')}\n`);
  await publicClient.stop();
  await identity.stop();
});

test.each(rows)(
  '$api as $context by $by',
  async (row) => {
    const { api, context, by } = row;
    const where = context === 'partner' ? customer : home;
    const token = await tokenOf(row);
    const claims = claimsOf(token);
    const isPerson = context === 'user' || by === 'device code';
    expect(claims).toMatchObject({
      aud: resources[api],
      tid: where.tenantId,
      appid: registrationOf(row).clientId,
      appidacr: by === 'device code' ? '0' : by === 'secret' ? '1' : '2',
      ...(isPerson ? { oid: analyst.objectId } : { idtyp: 'app' }),
    });
    const held = isPerson ? String(claims.scp).split(' ') : (claims.roles as string[]);
    expect(isPerson ? claims.roles : claims.scp).toBeUndefined();
    for (const need of needs[api].filter(({ feature }) => feature !== 'writing'))
      expect(need[isPerson ? 'delegated' : 'application'].some((permission) => held.includes(permission))).toBe(true);

    const called = await identity.ask('callWith', { api, tenant: where, token });
    expect(called).toBeGreaterThan(0);
    const hunted = await identity.ask('huntWith', { api, tenant: where, token });
    expect(hunted).toBeGreaterThan(0);

    const refused = await withoutPermission(row, () => refusalOf(row));
    expect(refused.cure).toMatch(/^[A-Z].+\.$/s);
    expect(refused.link).toContain(where.tenantId);
    expect(refused.link).toContain(registrationOf(row).clientId);
    expect(await identity.ask('callWith', { api, tenant: where, token: await tokenOf(row) })).toBe(called);
    const permissions = `${isPerson ? 'scp' : 'roles'}: ${held.length}, tid, aud, appid${isPerson ? ', oid' : ''}`;
    told.push([
      titles[api],
      context,
      by,
      permissions,
      `${called} ${api === 'mde' ? 'machines' : 'rows'}`,
      `${hunted} row`,
      `${refused.cause}: ${refused.cure}`,
    ]);
  },
  30_000,
);

test('a partner as a person is let in by the relationship alone', async () => {
  cloud.changePartnership(customer.tenantId, { status: 'terminated' });
  const row: Row = { api: 'graph', context: 'partner', by: 'device code' };
  const { cause, cure } = await refusalOf(row);
  cloud.changePartnership(customer.tenantId, { status: 'active' });
  expect([cause, cure]).toEqual(['AADSTS50020', expect.stringContaining('GDAP')]);
  expect(claimsOf(await tokenOf(row)).tid).toBe(customer.tenantId);
});

test('by certificate and by federation no secret was shown, and none read', async () => {
  const secretsRead = (): number =>
    Object.entries(cloud.calls().vault)
      .filter(([operation]) => operation.startsWith('secrets/'))
      .reduce((sum, [, count]) => sum + count, 0);
  const shown = (): number =>
    Object.values(cloud.calls().tokens).reduce((sum, { credentials }) => sum + (credentials.secret ?? 0), 0);
  const before = [secretsRead(), shown()];
  for (const row of rows) if (row.by === 'certificate' || row.by === 'federated') await tokenOf(row);
  expect([secretsRead(), shown()]).toEqual(before);
});

const registrationOf = ({ api, context, by }: Row): Registration => {
  const { registrations } = cloud.state;
  if (by === 'device code') return registrations.cli;
  if (context === 'user') return registrations.api;
  return api === 'graph' ? registrations.reader : registrations.defender;
};

/** The app as its settings make it, with this kind of credential; nothing is kept from before. */
const openAs = (kind: CredentialKind): Promise<undefined> => {
  const named = (purpose: string, clientId: string) => ({
    clientId,
    credentialName: { secret: `relay-${purpose}-secret`, certificate: `relay-${purpose}-cert`, federated: '' }[kind],
  });
  const reader = named('app', cloud.readerClientId);
  const defender = named('defender', cloud.defenderClientId);
  const api = named('api', cloud.apiClientId);
  return identity.ask('open', {
    credential: { kind, name: reader.credentialName },
    registrations: { reader, writer: reader, defender, api },
  });
};

const scopeOf = (api: Api): string => `${resources[api]}/.default`;

/** By the real library, over TLS, past everything that was kept. */
const tokenOf = async (row: Row): Promise<string> => {
  const { api, context, by } = row;
  if (by === 'device code') return publicClient.token(row);
  await openAs(by);
  if (context === 'user') {
    const assertion = await cloud.issueUserToken({ userPrincipalName: analyst.userPrincipalName });
    return (await identity.ask('onBehalfOf', { assertion, tenant: home, scope: scopeOf(api) })).token;
  }
  const tenant = context === 'partner' ? customer : home;
  const registration = api === 'graph' ? 'reader' : 'defender';
  return (await identity.ask('getToken', { tenant, registration, scope: scopeOf(api) })).token;
};

/** What the row is about is not granted any more; the rest is. */
const withoutPermission = async <T>(row: Row, work: () => Promise<T>): Promise<T> => {
  const { api, context, by } = row;
  const client = registrationOf(row);
  const { tenantId } = context === 'partner' ? customer : home;
  const isApp = context !== 'user' && by !== 'device code';
  const [need] = needs[api];
  const access = [...client.asks, ...client.besides].map((each) =>
    each.resource.uri === resources[api]
      ? { ...each, roles: each.roles.filter((role) => role !== need?.application[0]), scopes: isApp ? each.scopes : [] }
      : each,
  );
  cloud.state.consents.grant(cloud.state.world.findTenant(tenantId)!, client, access);
  try {
    return await work();
  } finally {
    cloud.setConsent(tenantId, client.clientId, true);
  }
};

interface Refused {
  readonly cause: string;
  readonly cure: string;
  readonly link: string;
}

const refusalOf = async (row: Row): Promise<Refused> => {
  const { api, context, by } = row;
  const { clientId } = registrationOf(row);
  const tenant = context === 'partner' ? customer : home;
  const { tenantId } = tenant;
  const asking = { authority: cloud.entraUrl, clientId, cloud: 'public', api } as const;
  if (by === 'device code') {
    const error = await publicClient.failure(row);
    const consentLink = `${cloud.entraUrl}/${tenantId}/v2.0/adminconsent?client_id=${clientId}`;
    const {
      code = '',
      cure = '',
      link = '',
    } = signInFailure(error, { tenantId, what: titles[api], cloud: 'public', consentLink });
    return { cause: code, cure, link };
  }
  if (context === 'user') {
    await openAs(by);
    const assertion = await cloud.issueUserToken({ userPrincipalName: analyst.userPrincipalName });
    const failure = await identity.failure('onBehalfOf', { assertion, tenant, scope: scopeOf(api) });
    expect(failure).toMatchObject({ code: 'ERR_CONSENT', reason: 'consentMissing' });
    const { cure } = userCureFor('delegatedConsentMissing', tenantId, asking);
    return { cause: failure.raw ?? '', cure: cure, link: failure.link ?? '' };
  }
  const failure: Failure = await identity.failure('callWith', { api, tenant, token: await tokenOf(row) });
  expect(failure).toMatchObject({ code: 'ERR_CONSENT', reason: 'roleMissing', tenantId });
  const { cure, link } = cureFor(failure.reason as AccessReason, tenantId, asking, failure.raw);
  expect(cure).toContain(needs[api][0]?.application[0]);
  return { cause: failure.raw ?? '', cure, link: link ?? '' };
};

interface PublicClient {
  token(row: Row): Promise<string>;
  /** As MSAL threw it. */
  failure(row: Row): Promise<Error>;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly value?: { readonly accessToken: string };
  readonly error?: { readonly message: string };
  readonly person?: { readonly username: string };
  readonly userCode?: string;
  readonly verificationUri?: string;
}

/** MSAL in a process of its own, and the person who types its codes into a browser. */
const startPublicClient = async (at: Cloud): Promise<PublicClient> => {
  const folder = mkdtempSync(join(tmpdir(), 'contexts-'));
  writeFileSync(join(folder, 'ca.pem'), at.caPem);
  const browser: EntraBrowser = openEntraBrowser(at.caPem);
  const child = fork(join(__dirname, '../local/microsoft/entra/msalChild.mjs'), {
    execArgv: [],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      CLOUD: JSON.stringify({ entraUrl: at.entraUrl, cliClientId: at.cliClientId }),
    },
  });
  const waiting = new Map<number, (message: Message) => void>();
  child.on('message', ({ id, ...message }: Message) => {
    const { person, userCode, verificationUri } = message;
    if (person !== undefined) void browser.enterCode(verificationUri ?? '', userCode ?? '', person);
    else if (id !== undefined) waiting.get(id)?.(message);
  });
  await once(child, 'message');
  let last = 0;
  const send = (name: string, input: object): Promise<Message> =>
    new Promise((resolve) => {
      waiting.set((last += 1), resolve);
      child.send({ id: last, name, input });
    });
  const username = analyst.userPrincipalName;
  const tenant = home.tenantId;
  let signedIn = false;
  /** Once by device code; for what else is asked then by what that left behind. */
  const ask = async ({ api, context }: Row): Promise<Message> => {
    const scopes = [`${resources[api]}/${needs[api][0]!.delegated[0]}`];
    const person = { username };
    const first = signedIn ? undefined : await send('deviceCode', { tenant, scopes, person });
    signedIn = true;
    if (first?.error !== undefined) return first;
    const elsewhere = context === 'partner' ? { authority: customer.tenantId } : {};
    return send('silent', { tenant, scopes, username, forceRefresh: true, ...elsewhere });
  };
  return {
    token: async (row) => {
      const { value, error } = await ask(row);
      if (value === undefined) throw new Error(error?.message);
      return value.accessToken;
    },
    failure: async (row) => {
      const { error } = await ask(row);
      if (error === undefined) throw new Error('the public client did not fail');
      return new Error(error.message);
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
};
