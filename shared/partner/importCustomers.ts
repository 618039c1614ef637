import type { HomeGraph } from '../access/homeGraph';
import { RequestError } from '../errors';
import type { CloudName, Tenant } from '../model/tenant';
import type { TenantRegistry } from '../store/tenants';
import { bestByCustomer } from './customers';
import { keepPartnerships } from './keepPartnerships';
import { listRelationships } from './listRelationships';
import type { Relationship } from './relationship';
import { isInForce, partnershipOf } from './relationship';

export interface ImportDeps {
  readonly graph: HomeGraph;
  readonly registry: Pick<TenantRegistry, 'add' | 'get' | 'pages' | 'setPartnership'>;
  /** Relationships do not cross clouds. */
  readonly cloud: CloudName;
}

export interface Imported {
  readonly imported: readonly { readonly tenantId: string; readonly name: string }[];
  /** Registered already; the end of their relationship is kept now. */
  readonly known: readonly string[];
}

/**
 * Registers customers by partner relationship, switched off: each is for an operator to switch on. Those registered already stay as they
 * are, but for the end of their relationship. Asking again goes on where it broke off.
 * @param tenantIds which; undefined: all whose relationship is in force
 * @throws RequestError naming each id that is no customer's · what `listRelationships` throws
 */
export const importCustomers = async (
  { graph, registry, cloud }: ImportDeps,
  tenantIds: readonly string[] | undefined,
): Promise<Imported> => {
  const relationships = await listRelationships(graph);
  const customers = new Map([...bestByCustomer(relationships)].filter(([, each]) => isInForce(each)));
  assertCustomers(tenantIds ?? [], customers);
  const chosen = tenantIds === undefined ? [...customers.keys()] : [...new Set(tenantIds)];
  const tenants = chosen.flatMap((tenantId) => {
    const relationship = customers.get(tenantId);
    return relationship === undefined ? [] : [tenantOf(relationship, cloud)];
  });
  const isNew = new Set<Tenant>();
  for (let start = 0; start < tenants.length; start += sideBySide)
    await Promise.all(
      tenants.slice(start, start + sideBySide).map(async (tenant) => {
        if (await registry.add(tenant)) isNew.add(tenant);
      }),
    );
  await keepPartnerships(registry, relationships, graph.clock.now());
  return {
    imported: tenants.filter((tenant) => isNew.has(tenant)).map(({ tenantId, name }) => ({ tenantId, name })),
    known: tenants.filter((tenant) => !isNew.has(tenant)).map(({ tenantId }) => tenantId),
  };
};

const assertCustomers = (tenantIds: readonly string[], customers: ReadonlyMap<string, unknown>): void => {
  const faults = tenantIds.flatMap((tenantId, at) =>
    customers.has(tenantId)
      ? []
      : [{ field: `tenantIds.${at}`, message: 'is no customer by a partner relationship that is in force' }],
  );
  if (faults.length > 0) throw new RequestError('The body is not valid.', faults);
};

const sideBySide = 25;
const maxNameChars = 200;
const maxAttributeChars = 256;

/** Names come from customers. */
const clean = (text: string, maxChars: number): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, maxChars)
    .toWellFormed();

const tenantOf = (relationship: Relationship, cloud: CloudName): Tenant => {
  const { customerTenantId: tenantId, customerName, name } = relationship;
  return {
    tenantId,
    name: clean(customerName, maxNameChars) || tenantId,
    cloud,
    backend: 'graph',
    groups: [],
    sealed: false,
    intervalSeconds: undefined,
    enabled: false,
    writeBack: false,
    attributes: { partnerRelationship: clean(name, maxAttributeChars) },
    partnership: partnershipOf(relationship),
    contract: { never: [] },
  };
};
