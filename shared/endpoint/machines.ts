import type { EndpointAccess } from './endpointAccess';
import type { FieldKind } from './endpointFilter';
import type { EndpointPage, EndpointQuery } from './endpointPage';
import { listPage, readOne } from './endpointPage';
import type { Machine } from './fromEndpointMachine';
import { fromEndpointMachine } from './fromEndpointMachine';

const fields = {
  aadDeviceId: 'text',
  computerDnsName: 'text',
  deviceValue: 'text',
  exposureLevel: 'text',
  healthStatus: 'text',
  id: 'text',
  lastIpAddress: 'text',
  lastSeen: 'time',
  machineTags: 'tags',
  onboardingStatus: 'text',
  osPlatform: 'text',
  rbacGroupId: 'number',
  riskScore: 'text',
  version: 'text',
} as const satisfies Record<string, FieldKind>;

/** What machines can be filtered by. */
export type MachineField = keyof typeof fields;

const machines = { path: 'machines', fields, read: fromEndpointMachine } as const;

/**
 * One page of the machines seen of late (30 days), in no promised order; needs `Machine.Read.All`.
 * @throws RequestError · ThrottledError · ConsentError · AuthError · ContractError · UpstreamError · CallsSpent
 * @see https://learn.microsoft.com/defender-endpoint/api/get-machines
 */
export const listMachines = (
  access: EndpointAccess,
  query: EndpointQuery<MachineField> = {},
): Promise<EndpointPage<Machine>> => listPage(access, machines, query);

/**
 * One machine by its id or computer name; undefined where there is none. Throws like `listMachines`.
 * @see https://learn.microsoft.com/defender-endpoint/api/get-machine-by-id
 */
export const getMachine = (access: EndpointAccess, idOrName: string): Promise<Machine | undefined> =>
  readOne(access, machines, idOrName);
