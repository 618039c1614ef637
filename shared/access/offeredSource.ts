import { ConsentError, ContractError } from '../errors';
import type { Tenant } from '../model/tenant';
import type { CallPermits, IncidentSource } from '../ports';

type SourceFor = (tenant: Tenant, permits: CallPermits) => IncidentSource;

/**
 * Sources of incidents, where a cloud may offer none: then each call is refused as a state of the tenant, which its access tells with the
 * cure. A tenant comes there by a setting that was taken back, or by a row that was restored: PUT refuses it.
 */
export const offeredSource =
  (sourceFor: SourceFor): SourceFor =>
  (tenant, permits) => {
    try {
      return sourceFor(tenant, permits);
    } catch (error) {
      if (error instanceof ContractError) return unoffered(tenant, error);
      throw error;
    }
  };

const unoffered = ({ tenantId, cloud }: Tenant, cause: ContractError): IncidentSource => {
  const refuse = (): Promise<never> =>
    Promise.reject(new ConsentError(cause.message, 'notOffered', cloud, { tenantId, cause }));
  return { paging: 'keyset', pageSize: 1, alertsApart: false, listChanged: refuse, get: refuse, withAlerts: refuse };
};
