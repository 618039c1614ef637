import type { RegistrationName } from '../../model/registration';
import type { Api } from '../permissions';
import type { Settled, Step } from './step';
import { toStep } from './step';

/** As whom: the app in its own organisation, the app in a customer's tenant, or the person who asks. */
export type CheckContext = 'app' | 'partner' | 'user';

export interface CheckRow {
  /** `api`: in the caller's name, through the registration of our own API. */
  readonly registration: RegistrationName | 'api';
  readonly api: Api;
  readonly context: CheckContext;
  /** Without it the tenant is not kept as it is registered; the others are for what may be turned on. */
  readonly needed: boolean;
}

/** One way in as `POST /tenants/{tenantId}/check` tells it. */
export interface CheckResult extends CheckRow {
  /** One row was read, and no step failed. */
  readonly ok: boolean;
  readonly steps: readonly Step[];
}

export const toResult = (row: CheckRow, settled: readonly Settled[]): CheckResult => ({
  ...row,
  ok: settled.every(({ ok }) => ok !== false) && settled.some(({ step, ok }) => step === 'read' && ok === true),
  steps: settled.map(toStep),
});
