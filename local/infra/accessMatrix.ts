import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { bicepTable } from './bicepTable';

const grant = z.strictObject({
  identity: z.enum(['relay', 'responder', 'operator']),
  role: z.string(),
  on: z.string(),
  when: z.array(z.string()),
  why: z.string(),
  without: z.string(),
});

const permission = z.strictObject({
  registration: z.enum(['reader', 'writer', 'defender', 'api', 'cli', 'responder']),
  api: z.enum(['graph', 'defenderXdr', 'endpoint']),
  name: z.string(),
  type: z.enum(['Role', 'Scope']),
  id: z.guid(),
  why: z.string(),
  without: z.string(),
});

/** A right on an Azure resource. `on` is `kind:name[/child]`; `when` lists what must all be chosen. */
export type Grant = z.output<typeof grant>;

/** A permission in the tenants that consent. */
export type Permission = z.output<typeof permission>;

export interface AccessMatrix {
  readonly grants: readonly Grant[];
  readonly permissions: readonly Permission[];
}

/** Everything the identities of a deployment may do, out of the Bicep files of `infra`, which are the only source. */
export function readAccessMatrix(infra: string): AccessMatrix {
  const table = (file: string, name: string) => bicepTable(readFileSync(join(infra, 'app', file), 'utf8'), name);
  return {
    grants: z.array(grant).parse(table('access.bicep', 'grants')),
    permissions: z.array(permission).parse(table('permissions.bicep', 'permissions')),
  };
}

/** The features of infra/app/types.bicep that bring a registration with them; reader and api are always there. */
export const featureOf: Readonly<Record<Permission['registration'], string>> = {
  reader: '',
  writer: 'writeBack',
  defender: 'defender',
  api: 'userContext',
  cli: 'cli',
  responder: 'responder',
};

/** Who can be a registration: the identity that holds its credential or is trusted by it, or the person who signs in. */
export const actsAs: Readonly<Record<Permission['registration'], string>> = {
  reader: 'relay',
  writer: 'relay',
  defender: 'relay',
  api: 'relay',
  cli: 'signed-in user',
  responder: 'responder',
};

/** The rights that hold under a choice of credential and features, as the deployment works them out. */
export function accessUnder(matrix: AccessMatrix, chosen: readonly string[]): AccessMatrix {
  return {
    grants: matrix.grants.filter(({ when }) => when.every((condition) => chosen.includes(condition))),
    permissions: matrix.permissions.filter(({ registration }) => {
      const feature = featureOf[registration];
      return feature === '' || chosen.includes(feature);
    }),
  };
}
