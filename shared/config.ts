import { z } from 'zod';
import { clouds } from './clouds';
import { ConfigError } from './errors';
import type { RegistrationName } from './model/registration';
import type { CloudName, CredentialKind } from './model/tenant';

/** Everything the app is told from outside. @see design section 5, local.settings.sample.json */
export interface Config {
  readonly storage: StorageConfig;
  readonly taskHubName: string;
  /** The vault of the app's own credentials. */
  readonly keyVaultUrl: string;
  /** The vault of what tenants and connections brought. */
  readonly tenantVaultUrl: string;
  /** Client id of the user-assigned managed identity; undefined: the system-assigned one. */
  readonly managedIdentityClientId: string | undefined;
  readonly home: { readonly tenantId: string; readonly clientId: string; readonly cloud: CloudName };
  /** How the app proves who it is, and where the reading registration's credential lies in the vault; `federated` has none there. */
  readonly credential: { readonly kind: CredentialKind; readonly name: string };
  /** Those that do not exist of their own are the reading one; `api`: what callers get tokens for, and who we are to them. */
  readonly registrations: Readonly<Record<RegistrationName | 'api', RegistrationConfig>>;
  /** The public client of the command line; undefined: there is none. */
  readonly cli: { readonly clientId: string } | undefined;
  /** What alone may act on devices; undefined: there is none. */
  readonly responder: RegistrationConfig | undefined;
  /** Where the home cloud's services are reached; scopes and audiences stay the cloud's own. */
  readonly endpoints: Endpoints;
  /** What tokens of the home cloud are asked with in place of a scope of `clouds`, by that scope. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly api: { readonly audiences: readonly string[]; readonly issuers: readonly string[] };
  readonly sync: {
    readonly schedule: string;
    readonly intervalSeconds: number;
    readonly overlapMinutes: number;
    readonly tenantConcurrency: number;
    readonly tenantsPerActivity: number;
  };
  readonly reconcile: {
    readonly schedule: string;
    /** How far the nightly deep read reaches back. */
    readonly hours: number;
  };
  readonly sweep: { readonly schedule: string };
  /** Retention. */
  readonly keep: {
    readonly incidentsDays: number;
    readonly coverageDays: number;
    readonly deliveriesDays: number;
    readonly inboxDays: number;
  };
  readonly ungroupedTenants: 'all' | 'admins';
  readonly allowPrivateTargets: boolean;
  /** Our own address without a final slash, for links, consent and webhooks; undefined: not told. */
  readonly publicUrl: string | undefined;
}

export interface Endpoints {
  readonly authority: string;
  readonly authorityOverridden: boolean;
  readonly graph: string;
  /** Empty where the cloud has none and none is set. */
  readonly defender: string;
  /** Of Defender for Endpoint; empty likewise. */
  readonly mde: string;
}

export interface RegistrationConfig {
  readonly clientId: string;
  /** In the vault; empty where the credential is federated. */
  readonly credentialName: string;
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
const wholeScope = z.string().regex(/^\S+:\/\/\S+[^/\s]\/\.default$/, 'must be a resource and /.default');
const vaultName = z.string().regex(/^[A-Za-z0-9-]{1,127}$/, 'must be a Key Vault name: letters, digits and hyphens');

/** When timers fire unless their settings say otherwise: NCRONTAB, UTC. */
const schedules = {
  SYNC_SCHEDULE: '0 * * * * *',
  RECONCILE_SCHEDULE: '0 30 2 * * *',
  SWEEP_SCHEDULE: '0 */5 * * * *',
} as const;

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
  TENANT_VAULT_URL: httpsUrl.optional(),
  AZURE_CLIENT_ID: guid.optional(),
  RELAY_TENANT_ID: z.string('is missing').pipe(guid),
  RELAY_CLIENT_ID: z.string('is missing').pipe(guid),
  RELAY_CREDENTIAL: z
    .enum(['secret', 'certificate', 'federated'], 'must be secret, certificate or federated')
    .default('secret'),
  RELAY_CREDENTIAL_NAME: vaultName.optional(),
  RELAY_WRITER_CLIENT_ID: guid.optional(),
  RELAY_WRITER_CREDENTIAL_NAME: vaultName.optional(),
  RELAY_DEFENDER_CLIENT_ID: guid.optional(),
  RELAY_DEFENDER_CREDENTIAL_NAME: vaultName.optional(),
  RELAY_API_CLIENT_ID: guid.optional(),
  RELAY_API_CREDENTIAL_NAME: vaultName.optional(),
  RELAY_CLI_CLIENT_ID: guid.optional(),
  RELAY_RESPONDER_CLIENT_ID: guid.optional(),
  RELAY_RESPONDER_CREDENTIAL_NAME: vaultName.optional(),
  RELAY_CLOUD: z
    .enum(['public', 'usgov', 'usgovdod', 'china'], 'must be public, usgov, usgovdod or china')
    .default('public'),
  ENTRA_AUTHORITY_HOST: httpsUrl.optional(),
  GRAPH_ENDPOINT: httpsUrl.optional(),
  DEFENDER_ENDPOINT: httpsUrl.optional(),
  MDE_ENDPOINT: httpsUrl.optional(),
  DEFENDER_SCOPE: wholeScope.optional(),
  MDE_SCOPE: wholeScope.optional(),
  RELAY_API_AUDIENCE: list.optional(),
  RELAY_API_ISSUER: list.optional(),
  SYNC_SCHEDULE: schedule.default(schedules.SYNC_SCHEDULE),
  SYNC_INTERVAL_SECONDS: wholeNumber(1, 86_400).default(300),
  SYNC_OVERLAP_MINUTES: wholeNumber(1, 10_080).default(60),
  SYNC_TENANT_CONCURRENCY: wholeNumber(1, 512).default(64),
  SYNC_TENANTS_PER_ACTIVITY: wholeNumber(1, 1_000).default(50),
  RECONCILE_SCHEDULE: schedule.default(schedules.RECONCILE_SCHEDULE),
  RECONCILE_HOURS: wholeNumber(1, 4_320).default(72),
  SWEEP_SCHEDULE: schedule.default(schedules.SWEEP_SCHEDULE),
  // Defender shows an incident for 180 days: what is forgotten earlier would come back as new.
  RELAY_KEEP_INCIDENTS_DAYS: wholeNumber(200, 36_500).default(400),
  RELAY_KEEP_COVERAGE_DAYS: wholeNumber(30, 36_500).default(400),
  RELAY_KEEP_DELIVERIES_DAYS: wholeNumber(7, 36_500).default(90),
  // A request whose sender signs no time is genuine for ever: it is known again for as long.
  RELAY_KEEP_INBOX_DAYS: wholeNumber(7, 365).default(14),
  RELAY_UNGROUPED_TENANTS: z.enum(['all', 'admins'], 'must be all or admins').default('all'),
  RELAY_ALLOW_PRIVATE_TARGETS: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
  RELAY_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an https URL' }).optional(),
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
  faults.push(...identityFaults(given), ...publicUrlFaults(given));
  if (!parsed.success || storage === undefined || faults.length > 0) throw new ConfigError(faults);
  return toConfig(parsed.data, storage);
};

/** Entra takes the token of a user-assigned identity only in place of a secret. */
const identityFaults = (env: Env): readonly string[] =>
  env.RELAY_CREDENTIAL === 'federated' && env.AZURE_CLIENT_ID === undefined
    ? ['AZURE_CLIENT_ID is missing: RELAY_CREDENTIAL federated needs a user-assigned managed identity']
    : [];

/** Mails and Entra lead people there: plain http is for a machine of one's own, and what follows the host would be lost on the way back. */
const publicUrlFaults = ({ RELAY_PUBLIC_URL: given, RELAY_ALLOW_PRIVATE_TARGETS: isLocal }: Env): readonly string[] => {
  if (given === undefined || !/^https?:/i.test(given) || !URL.canParse(given)) return [];
  const url = new URL(given);
  if (url.href.replace(/\/$/, '') !== url.origin) return ['RELAY_PUBLIC_URL must be scheme and host alone'];
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || (isLoopback && isLocal === 'true')) return [];
  return ['RELAY_PUBLIC_URL must be an https URL (loopback http where RELAY_ALLOW_PRIVATE_TARGETS is true)'];
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

const registrationsOf = (set: Settings): Pick<Config, 'registrations' | 'cli' | 'responder'> => {
  const nameOf = (purpose: string, given: string | undefined): string => {
    if (set.RELAY_CREDENTIAL === 'federated') return '';
    return given ?? `relay-${purpose}-${set.RELAY_CREDENTIAL === 'certificate' ? 'cert' : 'secret'}`;
  };
  const reader = {
    clientId: set.RELAY_CLIENT_ID.toLowerCase(),
    credentialName: nameOf('app', set.RELAY_CREDENTIAL_NAME),
  };
  const own = (purpose: string, id: string | undefined, name: string | undefined): RegistrationConfig | undefined => {
    const clientId = id?.toLowerCase();
    if (clientId === undefined || clientId === reader.clientId) return undefined;
    return { clientId, credentialName: nameOf(purpose, name) };
  };
  return {
    // Without a client id of its own a registration is the reading one, whatever else is set for it.
    registrations: {
      reader,
      writer: own('writer', set.RELAY_WRITER_CLIENT_ID, set.RELAY_WRITER_CREDENTIAL_NAME) ?? reader,
      defender: own('defender', set.RELAY_DEFENDER_CLIENT_ID, set.RELAY_DEFENDER_CREDENTIAL_NAME) ?? reader,
      api: own('api', set.RELAY_API_CLIENT_ID, set.RELAY_API_CREDENTIAL_NAME) ?? reader,
    },
    cli: set.RELAY_CLI_CLIENT_ID === undefined ? undefined : { clientId: set.RELAY_CLI_CLIENT_ID.toLowerCase() },
    responder: own('responder', set.RELAY_RESPONDER_CLIENT_ID, set.RELAY_RESPONDER_CREDENTIAL_NAME),
  };
};

const toConfig = (set: Settings, storage: StorageConfig): Config => {
  const cloud = clouds[set.RELAY_CLOUD];
  const authority = set.ENTRA_AUTHORITY_HOST ?? cloud.authority;
  const apiClientId = set.RELAY_API_CLIENT_ID ?? set.RELAY_CLIENT_ID;
  const { registrations, cli, responder } = registrationsOf(set);
  return {
    storage,
    taskHubName: set.TASK_HUB_NAME,
    keyVaultUrl: set.KEY_VAULT_URL,
    tenantVaultUrl: set.TENANT_VAULT_URL ?? set.KEY_VAULT_URL,
    managedIdentityClientId: set.AZURE_CLIENT_ID,
    home: { tenantId: set.RELAY_TENANT_ID.toLowerCase(), clientId: set.RELAY_CLIENT_ID, cloud: set.RELAY_CLOUD },
    credential: { kind: set.RELAY_CREDENTIAL, name: registrations.reader.credentialName },
    registrations,
    cli,
    responder,
    endpoints: {
      authority,
      authorityOverridden: set.ENTRA_AUTHORITY_HOST !== undefined,
      graph: set.GRAPH_ENDPOINT ?? cloud.graph ?? '',
      defender: set.DEFENDER_ENDPOINT ?? cloud.defender ?? '',
      mde: set.MDE_ENDPOINT ?? cloud.mde ?? '',
    },
    scopes: scopesOf(set),
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
    reconcile: { schedule: set.RECONCILE_SCHEDULE, hours: set.RECONCILE_HOURS },
    sweep: { schedule: set.SWEEP_SCHEDULE },
    keep: {
      incidentsDays: set.RELAY_KEEP_INCIDENTS_DAYS,
      coverageDays: set.RELAY_KEEP_COVERAGE_DAYS,
      deliveriesDays: set.RELAY_KEEP_DELIVERIES_DAYS,
      inboxDays: set.RELAY_KEEP_INBOX_DAYS,
    },
    ungroupedTenants: set.RELAY_UNGROUPED_TENANTS,
    allowPrivateTargets: set.RELAY_ALLOW_PRIVATE_TARGETS,
    publicUrl: set.RELAY_PUBLIC_URL && new URL(set.RELAY_PUBLIC_URL).origin,
  };
};

const scopesOf = (set: Settings): Config['scopes'] => {
  const { defenderScope, mdeScope } = clouds[set.RELAY_CLOUD];
  const instead = [
    [defenderScope, set.DEFENDER_SCOPE],
    [mdeScope, set.MDE_SCOPE],
  ] as const;
  return Object.fromEntries(
    instead.filter((pair): pair is readonly [string, string] => pair[0] !== null && pair[1] !== undefined),
  );
};

/** Where a tenant's services are reached: settings override the home cloud's alone. */
export const endpointsIn = ({ home, endpoints }: Pick<Config, 'home' | 'endpoints'>, cloud: CloudName): Endpoints => {
  if (cloud === home.cloud) return endpoints;
  const { authority, graph, defender, mde } = clouds[cloud];
  return { authority, authorityOverridden: false, graph: graph ?? '', defender: defender ?? '', mde: mde ?? '' };
};

/** For a timer's registration, which happens before any setting is checked: the name for the host to resolve, or the default. */
export const scheduleOf = (env: Env, name: keyof typeof schedules): string =>
  (env[name] ?? '') === '' ? schedules[name] : `%${name}%`;

/** The setting (or start of settings) by which queue triggers reach the data account; asked while loading, before anything is checked. */
export const storageSettingOf = (env: Env): 'RELAY_STORAGE' | 'AzureWebJobsStorage' =>
  [env.RELAY_STORAGE, env.RELAY_STORAGE__queueServiceUri].some((value) => value !== undefined && value !== '')
    ? 'RELAY_STORAGE'
    : 'AzureWebJobsStorage';
