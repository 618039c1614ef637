import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { registrationManifests } from '../../local/infra/registrationManifests';

const made = (features: string[] = []) =>
  registrationManifests({
    infra: 'infra',
    uniqueName: 'xdr-relay-t',
    tenantId: 'home',
    features,
    redirectUri: 'https://r/cb',
  });

test('without features there are two registrations: one that reads, and our API, which may read nothing', () => {
  const [reader, api, ...more] = made();
  expect(more).toEqual([]);
  expect(reader?.manifest).toMatchObject({
    uniqueName: 'xdr-relay-t',
    signInAudience: 'AzureADMultipleOrgs',
    web: { redirectUris: ['https://r/cb'] },
    requiredResourceAccess: [
      {
        resourceAppId: '00000003-0000-0000-c000-000000000000',
        resourceAccess: [
          { id: '45cc0394-e837-488b-a098-1918f48d186c', type: 'Role' },
          { id: '472e4a4d-bb4a-4026-98d1-0b0d74cb74a5', type: 'Role' },
          { id: 'dd98c7f5-2d42-42d3-a0e4-633161547251', type: 'Role' },
        ],
      },
    ],
  });
  expect(api?.manifest).toMatchObject({
    uniqueName: 'xdr-relay-t-api',
    signInAudience: 'AzureADMyOrg',
    requiredResourceAccess: [],
    identifierUris: ['api://home/xdr-relay-t-api'],
    api: { requestedAccessTokenVersion: 2 },
  });
  expect(JSON.stringify(api?.manifest.appRoles)).toContain('"value":"Relay.Responder"');
});

test('all features make the six registrations, and only the CLI is a public client', () => {
  const six = made(['writeBack', 'defender', 'userContext', 'cli', 'responder']);
  expect(six.map(({ name }) => name).toSorted()).toEqual(['api', 'cli', 'defender', 'reader', 'responder', 'writer']);
  expect(six.filter(({ isPublic }) => isPublic).map(({ name }) => name)).toEqual(['cli']);
  const cli = six.find(({ name }) => name === 'cli');
  expect(cli?.manifest).toMatchObject({ publicClient: { redirectUris: ['http://localhost'] } });
  expect(JSON.stringify(cli?.manifest.requiredResourceAccess)).not.toContain('"Role"');
});

test('the app roles are those the API checks', () => {
  const [, api] = made();
  const roles = z.array(z.object({ value: z.string() })).parse(api?.manifest.appRoles);
  const checked = readFileSync('shared/http/callers/caller.ts', 'utf8').match(/(?<=')Relay\.\w+(?=')/g);
  expect(roles.map(({ value }) => value).toSorted()).toEqual([...new Set(checked)].toSorted());
});
