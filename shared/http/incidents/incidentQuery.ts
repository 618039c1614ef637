import { z } from 'zod';
import type { IncidentFilter } from '../../store/incidentFilter';
import { instant } from '../input/instant';
import { pageQuery } from '../input/pageQuery';

/** Graph's spelling of what it knows, whatever the case it is asked in; other values pass as they are. */
const spelled = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(names.map((name) => [name.toLowerCase(), name]));
const statuses = spelled(['active', 'inProgress', 'awaitingAction', 'resolved', 'redirected', 'unknownFutureValue']);
const severities = spelled(['high', 'medium', 'low', 'informational', 'unknown', 'unknownFutureValue']);

const words = (known: ReadonlyMap<string, string>) =>
  z
    .string()
    .regex(/^[A-Za-z]{1,50}(?:,[A-Za-z]{1,50}){0,19}$/, 'must be a word, or words joined by commas')
    .transform((text) => text.split(',').map((word) => known.get(word.toLowerCase()) ?? word));

const status = words(statuses).transform((list, context) => {
  const [first] = list;
  if (list.length === 1 && (first === 'open' || first === 'all')) return first;
  if (!list.includes('open') && !list.includes('all')) return list;
  context.addIssue({ code: 'custom', message: 'takes open or all alone' });
  return z.NEVER;
});

const conditions = {
  status: status.default('open'),
  severity: words(severities).optional(),
  assignedTo: z.string().min(1).max(320).optional(),
  updatedSince: instant.optional(),
  q: z.string().min(1).max(200).optional(),
  sort: z.enum(['updated', 'severity']).default('updated'),
};

const selection = z.string().min(1).max(100).toLowerCase().optional();

export const tenantIncidentsQuery = z.strictObject({ ...conditions, ...pageQuery });
export const incidentsQuery = z.strictObject({ ...conditions, tenantId: selection, group: selection, ...pageQuery });

export type TenantIncidentsQuery = z.output<typeof tenantIncidentsQuery>;

export const filterOf = ({ status, severity, assignedTo, updatedSince, q }: TenantIncidentsQuery): IncidentFilter => ({
  status,
  severity,
  assignedTo,
  updatedSince,
  q,
});
