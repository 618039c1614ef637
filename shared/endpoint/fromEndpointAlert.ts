import { z } from 'zod';
import { ContractError } from '../errors';
import { asList } from '../incidents/asList';
import { withoutContext } from '../incidents/withoutContext';
import type { Json, JsonObject } from '../model/incident';
import { ForeignRowError } from './endpointPage';
import { idText, orNone, text, textOrNumber, texts, time } from './fields';

/** An alert as Defender for Endpoint shows it, under its own field names; values nobody knows pass through. */
export interface EndpointAlert {
  readonly id: string;
  /** A number there, the text Graph's `id` has here. */
  readonly incidentId: string | null;
  readonly title: string | null;
  readonly category: string | null;
  readonly severity: string | null;
  readonly status: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly detectionSource: string | null;
  readonly assignedTo: string | null;
  readonly machineId: string | null;
  readonly computerDnsName: string | null;
  readonly rbacGroupName: string | null;
  readonly alertCreationTime: string | null;
  readonly lastUpdateTime: string | null;
  readonly lastEventTime: string | null;
  readonly resolvedTime: string | null;
  readonly mitreTechniques: readonly string[];
  /** Flat objects; empty unless the alert was asked for with its evidence. */
  readonly evidence: readonly Json[];
  /** The whole as received, unknown fields kept. */
  readonly body: JsonObject;
}

const shape = z.object({
  id: idText,
  incidentId: textOrNumber,
  title: text,
  category: text,
  severity: text,
  status: text,
  classification: orNone,
  determination: orNone,
  detectionSource: text,
  assignedTo: text,
  machineId: orNone,
  computerDnsName: text,
  rbacGroupName: text,
  alertCreationTime: time,
  lastUpdateTime: time,
  lastEventTime: time,
  resolvedTime: time,
  mitreTechniques: texts,
});

/**
 * @throws ContractError where the id cannot be read, ForeignRowError where it says it is another tenant's
 * @see https://learn.microsoft.com/defender-endpoint/api/alerts
 */
export const fromEndpointAlert = (row: JsonObject, tenantId: string): EndpointAlert => {
  const named = typeof row.aadTenantId === 'string' ? row.aadTenantId.trim().toLowerCase() : '';
  if (named !== '' && named !== tenantId.toLowerCase())
    throw new ForeignRowError('Defender for Endpoint answered with an alert of another tenant', { tenantId });
  const parsed = shape.safeParse(row);
  if (!parsed.success) throw new ContractError("an alert's id cannot be read");
  return { ...parsed.data, evidence: asList(row.evidence), body: withoutContext(row) };
};
