import { z } from 'zod';
import { toolSettings } from '../toolSettings';

const id = z.string().regex(/^\d{1,20}$/, 'an id of Zendesk: digits only');

export const zendeskSettings = toolSettings({
  /** What a ticket that waits is set to; `hold` has to be switched on in Zendesk first. */
  waiting: z.enum(['pending', 'hold']).optional(),
  /** The agent an unassigned ticket gets when it is solved, where Zendesk wants one. */
  solver: id.optional(),
  /** The ticket field with the resolution: read from, and the close code is written to it. */
  resolutionField: id.optional(),
});
export type ZendeskSettings = ReturnType<typeof zendeskSettings.read>;
