import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Permission } from './accessMatrix';
import { featureOf, readAccessMatrix } from './accessMatrix';
import { bicepTable } from './bicepTable';

export interface ManifestOptions {
  /** Folder of the templates. */
  readonly infra: string;
  /** Of the reading registration; the others add -writer, -api and so on. */
  readonly uniqueName: string;
  readonly tenantId: string;
  readonly features: readonly string[];
  /** Where consent comes back to. */
  readonly redirectUri?: string | undefined;
}

export interface RegistrationManifest {
  readonly name: Permission['registration'];
  readonly isPublic: boolean;
  /** Body for Graph's `applications`, with the key it is found by. */
  readonly manifest: Readonly<Record<string, unknown>> & { readonly uniqueName: string };
}

const appRole = z.object({ value: z.string(), id: z.guid(), description: z.string() });
const scope = z.object({ value: z.string(), id: z.guid() });

/**
 * The registrations that infra/app/registrations.bicep makes with `separate`, as Graph bodies, for where Bicep cannot:
 * both come from the tables of infra/app/permissions.bicep.
 */
export function registrationManifests(options: ManifestOptions): RegistrationManifest[] {
  const { infra } = options;
  const source = readFileSync(join(infra, 'app', 'permissions.bicep'), 'utf8');
  const apis = z.record(z.string(), z.string()).parse(bicepTable(source, 'apis'));
  const { permissions } = readAccessMatrix(infra);
  const wanted = (Object.keys(featureOf) as Permission['registration'][]).filter(
    (name) => name === 'api' || featureOf[name] === '' || options.features.includes(featureOf[name]),
  );
  return wanted.map((name) => {
    const isPublic = name === 'cli';
    const asked = permissions.filter(({ registration }) => registration === name);
    const uniqueName = name === 'reader' ? options.uniqueName : `${options.uniqueName}-${name}`;
    const manifest = {
      uniqueName,
      displayName: uniqueName,
      signInAudience: name === 'api' ? 'AzureADMyOrg' : 'AzureADMultipleOrgs',
      servicePrincipalLockConfiguration: { isEnabled: true, allProperties: true },
      requiredResourceAccess: name === 'api' && !options.features.includes(featureOf.api) ? [] : accessOf(asked, apis),
      ...(name === 'api' ? ourApi(source, options.tenantId, uniqueName) : {}),
      ...(isPublic ? { isFallbackPublicClient: true, publicClient: { redirectUris: ['http://localhost'] } } : {}),
      ...(isPublic || options.redirectUri === undefined ? {} : { web: { redirectUris: [options.redirectUri] } }),
    };
    return { name, isPublic, manifest };
  });
}

function accessOf(asked: readonly Permission[], apis: Readonly<Record<string, string>>): unknown[] {
  return [...new Set(asked.map(({ api }) => api))].map((api) => ({
    resourceAppId: apis[api],
    resourceAccess: asked.filter((row) => row.api === api).map(({ id, type }) => ({ id, type })),
  }));
}

function ourApi(source: string, tenantId: string, uniqueName: string): Readonly<Record<string, unknown>> {
  const { value, id } = scope.parse(bicepTable(source, 'apiScope'));
  const text = {
    adminConsentDisplayName: 'Use xdr-relay',
    adminConsentDescription:
      'Calls the xdr-relay API in the name of the signed-in user, within the roles this user has.',
  };
  return {
    identifierUris: [`api://${tenantId}/${uniqueName}`],
    groupMembershipClaims: 'SecurityGroup',
    appRoles: z
      .array(appRole)
      .parse(bicepTable(source, 'appRoles'))
      .map((role) => ({
        ...role,
        displayName: role.value,
        allowedMemberTypes: ['User', 'Application'],
        isEnabled: true,
      })),
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: [{ id, value, type: 'User', isEnabled: true, ...text }],
    },
  };
}
