import { z } from 'zod';
import { toolSettings } from '../toolSettings';

const word = z.string().trim().min(1).max(100);

/** `mapping.settings` of a ServiceNow connection. */
export const servicenowSettings = toolSettings({
  /** Incident management, or Security Incident Response. */
  table: z.enum(['incident', 'sn_si_incident']).default('incident'),
  /** User name we write as; needed with `bearer` and `oauth`, whose credentials do not tell. */
  account: word.optional(),
  /** Value of `hold_reason` for tickets that wait; without it they are written In Progress. */
  holdReason: word.optional(),
  /** Written where the mapping has no close code. */
  closeCode: word.optional(),
  /** Written when a ticket is closed as a duplicate, default `Duplicate`; of `sn_si_incident`: as any other. */
  duplicateCode: word.optional(),
  /** Of `sn_si_incident`: the default process takes one step at a time and never goes back. */
  process: z.enum(['NIST Stateful', 'NIST Open']).default('NIST Stateful'),
});

export type ServicenowSettings = ReturnType<typeof servicenowSettings.read>;
