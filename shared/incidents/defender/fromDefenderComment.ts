import type { Json } from '../../model/incident';
import type { Places } from './renamed';
import { isObject, renamed } from './renamed';

/** One page of the documentation says `createTime`, its sample `createdTime`. */
const places: Places = new Map(
  Object.entries({
    createdBy: { name: 'createdByDisplayName' },
    createTime: { name: 'createdDateTime' },
    createdTime: { name: 'createdDateTime' },
  }),
);

export const fromDefenderComment = (raw: Json): Json => (isObject(raw) ? renamed(raw, places) : raw);
