import type { EndpointAccess } from './endpointAccess';
import type { FieldKind } from './endpointFilter';
import type { EndpointPage, EndpointQuery } from './endpointPage';
import { listPage, readOne } from './endpointPage';
import type { MachineAction } from './fromMachineAction';
import { fromMachineAction } from './fromMachineAction';

const fields = {
  creationDateTimeUtc: 'time',
  id: 'text',
  machineId: 'text',
  requestor: 'text',
  status: 'text',
  type: 'text',
} as const satisfies Record<string, FieldKind>;

/** What machine actions can be filtered by. */
export type MachineActionField = keyof typeof fields;

const actions = { path: 'machineactions', fields, read: fromMachineAction } as const;

/**
 * One page of what was asked of machines, by whom and how it ended, in no promised order; needs `Machine.Read.All`.
 * @throws RequestError · ThrottledError · ConsentError · AuthError · ContractError · UpstreamError · CallsSpent
 * @see https://learn.microsoft.com/defender-endpoint/api/get-machineactions-collection
 */
export const listMachineActions = (
  access: EndpointAccess,
  query: EndpointQuery<MachineActionField> = {},
): Promise<EndpointPage<MachineAction>> => listPage(access, actions, query);

/**
 * One action as it stands now; undefined where there is none. Whoever waits for its end asks again, each time with a permit, and bounds
 * the wait. Throws like `listMachineActions`.
 * @see https://learn.microsoft.com/defender-endpoint/api/get-machineaction-object
 */
export const getMachineAction = (access: EndpointAccess, actionId: string): Promise<MachineAction | undefined> =>
  readOne(access, actions, actionId);
