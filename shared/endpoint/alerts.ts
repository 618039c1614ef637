import type { EndpointAccess } from './endpointAccess';
import type { FieldKind } from './endpointFilter';
import type { EndpointPage, EndpointQuery } from './endpointPage';
import { listPage, readOne } from './endpointPage';
import type { EndpointAlert } from './fromEndpointAlert';
import { fromEndpointAlert } from './fromEndpointAlert';

/** Those both of the vendor's pages name, and those only one does (`id`, `assignedTo`, `detectionSource`, `lastEventTime`). */
const fields = {
  alertCreationTime: 'time',
  assignedTo: 'text',
  category: 'text',
  detectionSource: 'text',
  id: 'text',
  incidentId: 'number',
  InvestigationId: 'number',
  lastEventTime: 'time',
  lastUpdateTime: 'time',
  severity: 'text',
  status: 'text',
} as const satisfies Record<string, FieldKind>;

/** What alerts can be filtered by. */
export type EndpointAlertField = keyof typeof fields;

export interface AlertQuery extends EndpointQuery<EndpointAlertField> {
  /** Default false: without it an alert's evidence is empty. */
  readonly evidence?: boolean;
}

const alerts = { path: 'alerts', fields, read: fromEndpointAlert } as const;
const withEvidence = { ...alerts, always: ['$expand=evidence'] } as const;

/**
 * One page of Endpoint's own alerts, in no promised order; needs `Alert.Read.All`.
 * @throws RequestError · ThrottledError · ConsentError · AuthError · ContractError · UpstreamError · CallsSpent
 * @see https://learn.microsoft.com/defender-endpoint/api/get-alerts
 */
export const listAlerts = (
  access: EndpointAccess,
  { evidence = false, ...query }: AlertQuery = {},
): Promise<EndpointPage<EndpointAlert>> => listPage(access, evidence ? withEvidence : alerts, query);

/**
 * One alert; undefined where there is none. Throws like `listAlerts`.
 * @see https://learn.microsoft.com/defender-endpoint/api/get-alert-info-by-id
 */
export const getAlert = (access: EndpointAccess, alertId: string): Promise<EndpointAlert | undefined> =>
  readOne(access, alerts, alertId);
