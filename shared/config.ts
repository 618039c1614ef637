import { z } from 'zod';
import { clouds } from './clouds';
import { ConfigError } from './errors';
import type { CloudName } from './model/tenant';

/** Everything the app is told from outside. @see design section 5, local.settings.sample.json */
export interface Config {
  readonly storage: StorageConfig;
  readonly taskHubName: string;
  readonly keyVaultUrl: string;
  /** Client id of the user-assigned managed identity; undefined: the system-assigned one. */
  readonly managedIdentityClientId: string | undefined;
  readonly home: { readonly tenantId: string; readonly clientId: string; readonly cloud: CloudName };
  readonly credential: { readonly kind: 'secret'; readonly name: string };
  /** Where the home cloud's services are reached; scopes and audiences stay the cloud's own. */
  readonly endpoints: { readonly authority: string; readonly authorityOverridden: boolean; readonly graph: string };
  readonly api: { readonly audiences: readonly string[]; readonly issuers: readonly string[] };
  readonly sync: {
    readonly schedule: string;
    readonly intervalSeconds: number;
    readonly overlapMinutes: number;
    readonly tenantConcurrency: number;
    readonly tenantsPerActivity: number;
  };
  readonly ungroupedTenants: 'all' | 'admins';
  readonly allowPrivateTargets: boolean;
}

export type StorageConfig =
  | { readonly kind: 'connectionString'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly tableServiceUri: string;
      readonly blobServiceUri: string;
      readonly queueServiceUri: string;
      readonly clientId: string | undefined;
    };

export type Env = Readonly<Record<string, string | undefined>>;

const guid = z.guid('must be a GUID');
const httpsUrl = z
  .url({ protocol: /^https$/, error: 'must be an https URL' })
  .transform((text) => text.replace(/\/+$/, ''));
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const schedule = z.string().regex(/^\S+( \S+){4,5}$/, 'must be an NCRONTAB expression such as 0 * * * * *');
const notYet = (known: string, others: readonly string[]) =>
  z.string().superRefine((value, context) => {
    if (value === known) return;
    const message = others.includes(value) ? `"${value}" is not built yet; use ${known}` : `must be ${known}`;
    context.addIssue({ code: 'custom', message });
  });

const settings = z.object({
  AzureWebJobsStorage: z.string().optional(),
  RELAY_STORAGE: z.string().optional(),
  RELAY_STORAGE__tableServiceUri: httpsUrl.optional(),
  RELAY_STORAGE__blobServiceUri: httpsUrl.optional(),
  RELAY_STORAGE__queueServiceUri: httpsUrl.optional(),
  RELAY_STORAGE__credential: z.literal('managedidentity', 'must be managedidentity').optional(),
  RELAY_STORAGE__clientId: guid.optional(),
  TASK_HUB_NAME: z
    .string('is missing')
    .regex(/^[A-Za-z][A-Za-z0-9]{2,44}$/, 'must be 3 to 45 letters and digits, a letter first'),
  KEY_VAULT_URL: z.string('is missing').pipe(httpsUrl),
  AZURE_CLIENT_ID: guid.optional(),
  RELAY_TENANT_ID: z.string('is missing').pipe(guid),
  RELAY_CLIENT_ID: z.string('is missing').pipe(guid),
  RELAY_CREDENTIAL: notYet('secret', ['certificate', 'federated']).default('secret'),
  RELAY_CREDENTIAL_NAME: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,127}$/, 'must be a Key Vault name: letters, digits and hyphens')
    .default('relay-app-secret'),
  RELAY_API_CLIENT_ID: guid.optional(),
  RELAY_CLOUD: z
    .enum(['public', 'usgov', 'usgovdod', 'china'], 'must be public, usgov, usgovdod or china')
    .default('public'),
  ENTRA_AUTHORITY_HOST: httpsUrl.optional(),
  GRAPH_ENDPOINT: httpsUrl.optional(),
  RELAY_API_AUDIENCE: list.optional(),
  RELAY_API_ISSUER: list.optional(),
  SYNC_SCHEDULE: schedule.default('0 * * * * *'),
  SYNC_INTERVAL_SECONDS: wholeNumber(1, 86_400).default(300),
  SYNC_OVERLAP_MINUTES: wholeNumber(1, 10_080).default(60),
  SYNC_TENANT_CONCURRENCY: wholeNumber(1, 512).default(64),
  SYNC_TENANTS_PER_ACTIVITY: wholeNumber(1, 1_000).default(50),
  RELAY_UNGROUPED_TENANTS: z.enum(['all', 'admins'], 'must be all or admins').default('all'),
  RELAY_ALLOW_PRIVATE_TARGETS: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
});

type Settings = z.output<typeof settings>;

/** The names this app reads, for the tests that compare them with samples, templates and docs. */
export const settingNames: readonly string[] = Object.keys(settings.shape);

/**
 * The app's settings out of `env`; an empty text counts as unset, as in App Service.
 * @throws ConfigError listing every fault at once
 */
export const loadConfig = (env: Env): Config => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(given);
  const faults = parsed.success
    ? []
    : distinct(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  const storage = storageFrom(given, faults);
  if (!parsed.success || storage === undefined || faults.length > 0) throw new ConfigError(faults);
  return toConfig(parsed.data, storage);
};

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

const serviceUris = ['tableServiceUri', 'blobServiceUri', 'queueServiceUri'] as const;

const storageFrom = (env: Env, faults: string[]): StorageConfig | undefined => {
  const uris = serviceUris.map((name) => env[`RELAY_STORAGE__${name}`]);
  if (uris.every((uri) => uri === undefined)) {
    const connectionString = env.RELAY_STORAGE ?? env.AzureWebJobsStorage;
    if (connectionString !== undefined) return { kind: 'connectionString', connectionString };
    faults.push(
      'AzureWebJobsStorage is missing (or RELAY_STORAGE, or RELAY_STORAGE__tableServiceUri and its siblings)',
    );
    return undefined;
  }
  const [tableServiceUri, blobServiceUri, queueServiceUri] = uris;
  serviceUris.forEach((name, at) => {
    if (uris[at] === undefined)
      faults.push(`RELAY_STORAGE__${name} is missing: identity storage needs all three service URIs`);
  });
  if (tableServiceUri === undefined || blobServiceUri === undefined || queueServiceUri === undefined) return undefined;
  const clientId = env.RELAY_STORAGE__clientId ?? env.AZURE_CLIENT_ID;
  return { kind: 'identity', tableServiceUri, blobServiceUri, queueServiceUri, clientId };
};

const toConfig = (set: Settings, storage: StorageConfig): Config => {
  const cloud = clouds[set.RELAY_CLOUD];
  const authority = set.ENTRA_AUTHORITY_HOST ?? cloud.authority;
  const apiClientId = set.RELAY_API_CLIENT_ID ?? set.RELAY_CLIENT_ID;
  return {
    storage,
    taskHubName: set.TASK_HUB_NAME,
    keyVaultUrl: set.KEY_VAULT_URL,
    managedIdentityClientId: set.AZURE_CLIENT_ID,
    home: { tenantId: set.RELAY_TENANT_ID.toLowerCase(), clientId: set.RELAY_CLIENT_ID, cloud: set.RELAY_CLOUD },
    credential: { kind: 'secret', name: set.RELAY_CREDENTIAL_NAME },
    endpoints: {
      authority,
      authorityOverridden: set.ENTRA_AUTHORITY_HOST !== undefined,
      graph: set.GRAPH_ENDPOINT ?? cloud.graph ?? '',
    },
    api: {
      audiences: set.RELAY_API_AUDIENCE ?? [apiClientId, `api://${apiClientId}`],
      issuers: set.RELAY_API_ISSUER ?? [
        `${authority}/${set.RELAY_TENANT_ID.toLowerCase()}/v2.0`,
        `https://sts.windows.net/${set.RELAY_TENANT_ID.toLowerCase()}/`,
      ],
    },
    sync: {
      schedule: set.SYNC_SCHEDULE,
      intervalSeconds: set.SYNC_INTERVAL_SECONDS,
      overlapMinutes: set.SYNC_OVERLAP_MINUTES,
      tenantConcurrency: set.SYNC_TENANT_CONCURRENCY,
      tenantsPerActivity: set.SYNC_TENANTS_PER_ACTIVITY,
    },
    ungroupedTenants: set.RELAY_UNGROUPED_TENANTS,
    allowPrivateTargets: set.RELAY_ALLOW_PRIVATE_TARGETS,
  };
};

/** For the timer's registration, which happens before any setting is checked: the name for the host to resolve, or the default. */
export const syncScheduleOf = (env: Env): string =>
  (env.SYNC_SCHEDULE ?? '') === '' ? '0 * * * * *' : '%SYNC_SCHEDULE%';
