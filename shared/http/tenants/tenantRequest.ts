import { z } from 'zod';
import { clouds } from '../../clouds';
import type { Config } from '../../config';
import { endpointsIn } from '../../config';
import { RequestError } from '../../errors';
import type { CloudName, Tenant } from '../../model/tenant';
import type { FieldFault } from '../problem';
import { credentialBody, credentialFromBody } from './tenantCredential';

const isClean = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
const cleanText = (min: number, max: number) =>
  z.string().trim().min(min).max(max).refine(isClean, 'must not hold control characters or halves of surrogate pairs');

const maxGroups = 200;
const maxAttributes = 50;
const maxPaths = 100;

/** Without these nothing could be told apart or kept in step. */
const indispensable = new Set(['id', 'lastUpdateDateTime']);

const fieldPath = z
  .string()
  .max(200)
  .regex(/^[A-Za-z@_][\w@-]*(?:\.[A-Za-z@_][\w@-]*)*$/, 'must be field names joined by dots')
  .refine((path) => !indispensable.has(path), 'cannot be withheld: without it the incident cannot be followed');

/** PUT body of a tenant; what is left out takes its default, because PUT replaces the whole. */
export const tenantBody = z.strictObject({
  name: cleanText(1, 200),
  cloud: z.enum(['public', 'usgov', 'usgovdod', 'china']).optional(),
  backend: z.enum(['graph', 'defender']).default('graph'),
  groups: z
    .array(z.guid().toLowerCase())
    .max(maxGroups)
    .transform((groups) => [...new Set(groups)])
    .default([]),
  sealed: z.boolean().default(false),
  intervalSeconds: z.int().min(1).max(86_400).nullish(),
  enabled: z.boolean().default(true),
  writeBack: z.boolean().default(false),
  credential: credentialBody.nullish(),
  attributes: z
    .record(cleanText(1, 64), cleanText(0, 256))
    .refine((attributes) => Object.keys(attributes).length <= maxAttributes, `must be at most ${maxAttributes}`)
    .default({}),
  contract: z.strictObject({ never: z.array(fieldPath).max(maxPaths).default([]) }).default({ never: [] }),
});

export type TenantBody = z.output<typeof tenantBody>;

type HomeConfig = Pick<Config, 'home' | 'endpoints'>;

/** @throws RequestError where the tenant's cloud, its back end and its credential do not go together */
export const tenantFromBody = (tenantId: string, body: TenantBody, config: HomeConfig): Tenant => {
  const {
    name,
    cloud = config.home.cloud,
    backend,
    groups,
    sealed,
    intervalSeconds,
    enabled,
    writeBack,
    attributes,
    contract,
  } = body;
  const fault = cloudFault(body, cloud, config);
  if (fault !== undefined) throw new RequestError('The body is not valid.', [fault]);
  const { credential } = body;
  return {
    tenantId,
    name,
    cloud,
    backend,
    groups,
    sealed,
    intervalSeconds: intervalSeconds ?? undefined,
    enabled,
    writeBack,
    attributes,
    contract,
    ...(credential === null || credential === undefined ? {} : { credential: credentialFromBody(credential) }),
  };
};

const cloudFault = (
  { backend, credential }: TenantBody,
  cloud: CloudName,
  config: HomeConfig,
): FieldFault | undefined => {
  const homeCloud = config.home.cloud;
  const isHome = cloud === homeCloud;
  if (!isHome && (credential === null || credential === undefined))
    return {
      field: 'cloud',
      message: `must be ${homeCloud}: another cloud needs a credential of its own, of kind secret or certificate`,
    };
  if (!isHome && credential?.kind === 'federated')
    return { field: 'credential.kind', message: 'cannot be federated: Entra trusts no identity of another cloud' };
  // At home the settings may lead where the cloud itself offers nothing; what tokens are for, they cannot make up.
  const { graph, defender } = endpointsIn(config, cloud);
  if (backend === 'defender' && (defender === '' || clouds[cloud].defenderScope === null))
    return { field: 'backend', message: `cannot be defender: Microsoft offers no Defender API in the cloud ${cloud}` };
  if (backend === 'graph' && graph === '')
    return { field: 'backend', message: `cannot be graph: Microsoft offers no incidents there in the cloud ${cloud}` };
  return undefined;
};
