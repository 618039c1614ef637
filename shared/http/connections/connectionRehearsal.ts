import { RequestError } from '../../errors';
import type { Connection } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import type { Rehearsal } from '../../ticketing/rehearse/rehearse';
import { rehearse } from '../../ticketing/rehearse/rehearse';
import type { PastRange } from '../input/pastRange';
import { checkPastRange } from '../input/pastRange';
import type { HttpServices } from '../services';

/** @throws RequestError where the range is none, or this release does not know the tool */
export const connectionRehearsal = (
  { storage, clock, tools }: HttpServices,
  { tenant, connection }: { readonly tenant: Tenant; readonly connection: Connection },
  given: PastRange,
): Promise<Rehearsal> => {
  const range = checkPastRange(given, clock.now());
  const tool = tools[connection.tool];
  if (tool === undefined) throw new RequestError(`This release knows no ${connection.tool}.`);
  return rehearse({ ...storage, clock }, { connection, tenant, delivers: tool.delivers, range });
};
