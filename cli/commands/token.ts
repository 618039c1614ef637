import type { Command } from 'commander';
import { Option } from 'commander';
import { cureFor } from '../../shared/access/cures';
import type { Api, Need } from '../../shared/access/permissions';
import { needsOf } from '../../shared/access/permissions';
import type { Config } from '../../shared/config';
import { endpointsIn } from '../../shared/config';
import { AuthError, ConsentError } from '../../shared/errors';
import type { RegistrationName } from '../../shared/model/registration';
import type { CloudName } from '../../shared/model/tenant';
import { undiciSend } from '../../shared/send';
import { allowancesOf, readingNeeds } from '../claims/allowances';
import type { ApiChoice } from '../claims/apis';
import { apiChoices, apiOfChoice, apiTitles, scopeOfChoice } from '../claims/apis';
import type { Claims } from '../claims/decodeClaims';
import { decodeClaims } from '../claims/decodeClaims';
import { Failure, usageFailure } from '../failure';
import { facts } from '../print/table';
import { relative } from '../print/times';
import type { Output } from '../print/output';
import { cloudName } from '../profiles/profile';
import { isTenantId } from '../relay/findTenant';
import type { GlobalOptions, Session } from '../session';
import { openSession, outputFor } from '../session';
import { loadSettings } from '../settings';
import { createPublicClient } from '../signIn/publicClient';
import { act, examples } from './command';
import { browserOption, deviceCodeOption, wayOf } from './signIn';

const contexts = ['app', 'user', 'partner'] as const;
const registrations = ['reader', 'writer', 'defender'] as const;

interface TokenOptions extends GlobalOptions {
  readonly context: (typeof contexts)[number];
  readonly api: ApiChoice;
  readonly tenant?: string;
  readonly registration?: RegistrationName;
  readonly cloud?: CloudName;
  readonly asUser?: boolean;
  readonly raw?: boolean;
  readonly settings?: string;
  readonly deviceCode?: boolean;
  readonly browser?: boolean;
  readonly store: boolean;
}

interface Got {
  readonly token: string;
  readonly tenantId: string;
  /** Who asked, in words. */
  readonly as: string;
  readonly wanted: readonly Need[];
}

export const addTokenCommand = (program: Command): void => {
  const command = program
    .command('token')
    .summary('get a token and say what it allows')
    .description(
      'Get a token in one of the three access contexts, and say what its claims allow and what is missing. It asks Entra alone and reads no tenant data. The token itself is shown with --raw only.',
    )
    .addOption(
      new Option('--context <context>', 'as the app, as a user, or as a partner')
        .choices(contexts)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--api <api>', 'Graph, Microsoft 365 Defender, Threat Protection, Endpoint')
        .choices(apiChoices)
        .default('graph'),
    )
    .option('--tenant <id>', 'tenant the token is for (default: the home tenant)')
    .addOption(
      new Option('--registration <name>', 'of the app (default: the one that is meant for the API)').choices(
        registrations,
      ),
    )
    .addOption(new Option('--cloud <name>', 'of the tenant (default: that of the relay)').choices(cloudName.options))
    .option('--as-user', 'partner context: as a person of the partner, who has the rights of the relationship (GDAP)')
    .option('--settings <file>', "the app's settings, like local.settings.json (default: the environment)")
    .addOption(deviceCodeOption())
    .addOption(browserOption())
    .option('--no-store', 'user context: keep no token on this machine')
    .option('--raw', 'print the token, and nothing else');
  act<TokenOptions>(command, ({ options }) => getToken(options));
  examples(command, [
    ['xdr-relay token --context app --tenant 7f0b2c1e-…', "the app's own token in a tenant, for Graph"],
    ['xdr-relay token --context user --api mtp', 'as yourself, for Microsoft Threat Protection'],
    ['xdr-relay token --context user --api mde --device-code', 'sign in with a code'],
    ['xdr-relay token --context partner --tenant 7f0b2c1e-…', "the partner's app in a customer's tenant"],
    ['xdr-relay token --context partner --as-user --tenant 7f0b2c1e-…', 'a person of the partner, by GDAP'],
    ['TOKEN=$(xdr-relay token --context user --raw)', 'for curl'],
  ]);
};

const getToken = async (options: TokenOptions): Promise<number> => {
  const { tenant, context, asUser = false } = options;
  if (tenant !== undefined && !isTenantId(tenant))
    throw usageFailure(`--tenant must be a tenant id, not ${tenant}.`, 'xdr-relay tenants list shows the ids.');
  if (asUser && context !== 'partner') throw usageFailure('--as-user belongs to --context partner.');
  if (context === 'partner' && tenant === undefined)
    throw usageFailure("--context partner needs --tenant, a customer's.");
  const out = outputFor(options);
  const isPerson = context === 'user' || asUser;
  const got = isPerson ? await personToken(options) : await appToken(options);
  const claims = decodeClaims(got.token);
  if (claims.tenantId !== got.tenantId)
    throw new Failure('Entra issued a token of another tenant than the one asked for.', {
      code: 'ERR_AUTH',
      cure: `It is of ${claims.tenantId ?? 'no tenant'}. Sign in with an account of tenant ${got.tenantId}.`,
    });
  if (options.raw !== true) return show(out, options, got, claims);
  out.stdout.line(got.token);
  return 0;
};

const appToken = async (options: TokenOptions): Promise<Got> => {
  const config = await loadSettings(options, process.env);
  const { home } = config;
  const tenantId = (options.tenant ?? home.tenantId).toLowerCase();
  if (options.context === 'partner' && tenantId === home.tenantId)
    throw usageFailure("That is the relay's own tenant.", 'As a partner one is in the tenant of a customer.');
  const api = apiOfChoice(options.api);
  const cloud = options.cloud ?? home.cloud;
  const registration = options.registration ?? (api === 'graph' ? 'reader' : 'defender');
  const scope = scopeOfChoice(options.api, cloud);
  const { openIdentity } = await import('../../shared/identity/openIdentity.js');
  const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
  const { tokens } = openIdentity(config, clock, undiciSend());
  try {
    const { token } = await tokens.getToken({ tenantId, cloud }, registration, scope);
    return { token, tenantId, as: `the app, as its ${registration}`, wanted: needsOf(registration, api) };
  } catch (error) {
    throw appFailure(error, config, { tenantId, cloud, api, registration });
  }
};

interface Asked {
  readonly tenantId: string;
  readonly cloud: CloudName;
  readonly api: Api;
  readonly registration: RegistrationName;
}

const appFailure = (error: unknown, config: Config, { tenantId, cloud, api, registration }: Asked): unknown => {
  if (!(error instanceof ConsentError) && !(error instanceof AuthError)) return error;
  const { authority } = endpointsIn(config, cloud);
  const { clientId, credentialName } = config.registrations[registration];
  const credential = { kind: config.credential.kind, name: credentialName };
  const { cure, link } = cureFor(error.reason, tenantId, { authority, clientId, cloud, credential, api }, error.raw);
  return new Failure(`${error.message}.`, {
    code: error.raw === '' ? error.code : error.raw,
    cure,
    link: link ?? undefined,
    cause: error,
  });
};

const personToken = async (options: TokenOptions): Promise<Got> => {
  const session = await openSession(options);
  const { profile, tokensFile } = session.chosen;
  const tenantId = (options.tenant ?? profile.tenant).toLowerCase();
  if (options.asUser === true && tenantId === profile.tenant)
    throw usageFailure("That is the relay's own tenant.", 'As a partner one is in the tenant of a customer.');
  const cloud = options.cloud ?? profile.cloud;
  const scope = scopeOfChoice(options.api, cloud);
  const keepsTokens = profile.keepsTokens && options.store;
  const person = createPublicClient({ profile: { ...profile, keepsTokens }, tokensFile, send: session.send });
  const peopleOf = options.asUser === true ? profile.tenant : tenantId;
  const api = apiOfChoice(options.api);
  const what = apiTitles[options.api];
  // What was granted or taken since the last one is what one wants to see.
  const request = { scopes: [scope], tenantId, peopleOf, what, cloud, api, fresh: true };
  const known = await person.silently(request);
  const { token, username } = known ?? (await person.byHand(request, wayOf(options, session.way), session.out.say));
  return { token, tenantId, as: username, wanted: readingNeeds(api) };
};

const show = (
  out: Output,
  { context, api: choice, asUser = false }: TokenOptions,
  { tenantId, as, wanted }: Got,
  claims: Claims,
): number => {
  const { kind, features, missing } = allowancesOf(claims, apiOfChoice(choice), wanted);
  const isPerson = context === 'user' || asUser;
  const cure = missing === undefined ? null : cureOf(missing, tenantId, isPerson);
  const answer = {
    context,
    asUser,
    api: choice,
    tenantId,
    claims: claims.all,
    allows: features.filter(({ granted }) => granted),
    missing: features.filter(({ granted }) => !granted),
    cure,
  };
  out.answer(answer, () => lines({ out, title: titleOf(context, choice), as, kind, claims, features, cure }));
  return features.some(({ granted }) => granted) ? 0 : 1;
};

const titleOf = (context: TokenOptions['context'], choice: ApiChoice): string =>
  `${apiTitles[choice]}, ${context === 'app' ? 'application' : context} context`;

const cureOf = (missing: string, tenantId: string, isPerson: boolean): string =>
  isPerson
    ? `Missing: ${missing}. Add it to the cli registration as a delegated permission, and have an administrator of tenant ${tenantId} consent.`
    : `Missing: ${missing}. An administrator of tenant ${tenantId} has to consent again: xdr-relay consent link ${tenantId}`;

interface Shown {
  readonly out: Session['out'];
  readonly title: string;
  readonly as: string;
  readonly kind: 'application' | 'delegated';
  readonly claims: Claims;
  readonly features: ReturnType<typeof allowancesOf>['features'];
  readonly cure: string | null;
}

const lines = ({ out, title, as, kind, claims, features, cure }: Shown): readonly string[] => {
  const { palette } = out.stdout;
  const rights = kind === 'delegated' ? claims.scopes : claims.roles;
  return [
    palette.bold(title),
    '',
    ...facts(
      [
        ['As', as],
        ['Tenant', claims.tenantId],
        ['Audience', claims.audience],
        ['Issuer', claims.issuer],
        ['Client', claims.clientId],
        ['Proved by', claims.proof],
        ['Object', claims.objectId],
        [kind === 'delegated' ? 'Scopes' : 'Roles', rights.length === 0 ? 'none' : rights.join(', ')],
        ['Expires', claims.expiresAt === undefined ? undefined : relative(claims.expiresAt, Date.now())],
      ],
      out.stdout,
    ),
    '',
    ...features.map(({ feature, granted, permission }) =>
      granted
        ? `${palette.green('✓')} ${feature.padEnd(10)} ${palette.dim(permission)}`
        : `${palette.yellow('–')} ${feature.padEnd(10)} ${palette.dim(`${permission} is not granted`)}`,
    ),
    ...(cure === null ? [] : ['', cure]),
  ];
};
