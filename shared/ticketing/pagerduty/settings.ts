import { z } from 'zod';
import { toolSettings } from '../toolSettings';

const id = z.string().regex(/^[A-Z0-9]{5,30}$/, 'an id of PagerDuty, as in the address of its page: PWIXJZS');

export const pagerdutySettings = toolSettings({
  /** The e-mail address of the PagerDuty user we write as. */
  from: z.email('the e-mail address of the PagerDuty user that is written as'),
  /** Where incidents are made. Without it they are made by events, and the routing key says where. */
  service: id.optional(),
  /** `rest`: by the incidents API, the default where `service` is given. `events`: by the Events API, so that its rules and grouping apply. */
  via: z.enum(['rest', 'events']).optional(),
  eventsUrl: z.url({ protocol: /^https?$/ }).optional(),
});
export type PagerdutySettings = ReturnType<typeof pagerdutySettings.read>;
