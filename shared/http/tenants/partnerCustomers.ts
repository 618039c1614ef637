import { z } from 'zod';
import type { BlockReason } from '../../access/cures';
import { cureFor } from '../../access/cures';
import { AuthError, ConsentError } from '../../errors';
import type { Tenant } from '../../model/tenant';
import type { Customer } from '../../partner/customers';
import { customersOf } from '../../partner/customers';
import type { Imported } from '../../partner/importCustomers';
import { importCustomers } from '../../partner/importCustomers';
import { listRelationships } from '../../partner/listRelationships';
import type { Answer } from '../answers';
import { ok } from '../answers';
import { problem } from '../problem';
import type { HttpServices } from '../services';

type Partner = Pick<HttpServices, 'config' | 'homeGraph' | 'registry' | 'clock'>;

export const importBody = z.strictObject({ tenantIds: z.array(z.guid().toLowerCase()).min(1).max(1_000).optional() });

/** The home tenant's customers by partner relationship (GDAP). */
export const partnerCustomers = (services: Partner): Promise<Answer> =>
  orCure(services, async (): Promise<{ readonly items: readonly Customer[] }> => {
    const { homeGraph, registry, clock } = services;
    const relationships = await listRelationships(homeGraph);
    const registered = new Map<string, Tenant>();
    for await (const page of registry.pages('000', undefined))
      for (const tenant of page) registered.set(tenant.tenantId, tenant);
    return { items: customersOf(relationships, registered, clock.now()) };
  });

export const importPartnerCustomers = (services: Partner, tenantIds: readonly string[] | undefined): Promise<Answer> =>
  orCure(services, (): Promise<Imported> => {
    const { homeGraph: graph, registry, config } = services;
    return importCustomers({ graph, registry, cloud: config.home.cloud }, tenantIds);
  });

/** What our own tenant has not granted is for our operator to mend: told with its cure. */
const orCure = async (services: Partner, work: () => Promise<object>): Promise<Answer> => {
  if (services.homeGraph.endpoint === '') return notOffered();
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof ConsentError || error instanceof AuthError)
      return refused(services, error.code, error.reason, error.raw);
    throw error;
  }
};

const notOffered = (): Answer =>
  problem({
    title: 'Partner relationships cannot be read',
    status: 409,
    code: 'ERR_CONFIG',
    detail: 'Microsoft Graph offers no partner relationships in the cloud this app is at home in (RELAY_CLOUD).',
  });

const refused = ({ config }: Partner, code: 'ERR_CONSENT' | 'ERR_AUTH', reason: BlockReason, raw: string): Answer => {
  const { home, endpoints, registrations, credential } = config;
  const { clientId, credentialName } = registrations.api;
  const { cure, link } = cureFor(
    reason,
    home.tenantId,
    {
      authority: endpoints.authority,
      clientId,
      cloud: home.cloud,
      credential: { kind: credential.kind, ...(credentialName === '' ? {} : { name: credentialName }) },
      permission:
        'DelegatedAdminRelationship.Read.All of Microsoft Graph (application, at the registration of the API)',
    },
    raw,
  );
  return problem({
    title: 'Partner relationships cannot be read',
    status: 409,
    code,
    detail: cure,
    ...(link === null ? {} : { link }),
  });
};
