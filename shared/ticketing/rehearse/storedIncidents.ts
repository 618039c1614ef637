import { ContractError } from '../../errors';
import { underContract } from '../../incidents/underContract';
import type { IncidentHeader } from '../../model/incident';
import type { Tenant } from '../../model/tenant';
import type { Time7 } from '../../model/time7';
import { mustBeTime7, toTime7 } from '../../model/time7';
import type { Blobs, Table } from '../../ports';
import type { IncidentStore } from '../../store/incidents';
import { incidentStore } from '../../store/incidents';
import type { IncidentState } from '../rules/deliveryPlan';

export interface StoredRange {
  /** Inclusive. */
  readonly from: Time7;
  /** Exclusive. */
  readonly to: Time7;
}

interface Known {
  readonly header: IncidentHeader;
  readonly version: Time7;
  /** When it began, as far as we know. */
  readonly at: Time7;
}

/** The newest of a tenant's stored incidents that were last updated in `range`, oldest first; `all`: there are no more. */
export const incidentsIn = async (
  store: Pick<IncidentStore, 'headers'>,
  { from, to }: StoredRange,
  most: number,
): Promise<{ readonly found: readonly Known[]; readonly all: boolean }> => {
  let found: Known[] = [];
  let all = true;
  for await (const page of store.headers({ updatedSince: from })) {
    const known = page
      .filter(({ version }) => version < to)
      .map(({ header, version }) => ({ header, version, at: toTime7(header.createdDateTime) ?? version }));
    found = [...found, ...known].sort((one, other) => (one.at < other.at ? -1 : 1));
    all &&= found.length <= most;
    found = found.slice(-most);
  }
  return { found, all };
};

/** As its tenant's contract lets it be shown today: it may have become stricter since the incident was stored. Undefined: it is gone, or cannot be read. */
export const readStored = async (
  { incidents, bodies }: { readonly incidents: Table; readonly bodies: Blobs },
  { tenantId, contract: { never } }: Pick<Tenant, 'tenantId' | 'contract'>,
  incidentId: string,
): Promise<IncidentState | undefined> => {
  try {
    const whole = await incidentStore(tenantId, incidents, bodies).whole(incidentId);
    if (whole === undefined) return undefined;
    const { incident, body } = whole;
    return {
      version: mustBeTime7(incident.version, 'version'),
      ...underContract({ header: incident.header, body }, never),
    };
  } catch (error) {
    if (error instanceof ContractError) return undefined;
    throw error;
  }
};
