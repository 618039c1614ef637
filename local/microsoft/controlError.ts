import { z } from 'zod';
import type { Request } from './answer';
import type { CloudState } from './state';
import type { Defined } from './withoutUndefined';
import { withoutUndefined } from './withoutUndefined';
import type { Tenant } from './world/incident';

/** A refusal of the control port. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    readonly status: 400 | 404 | 405 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** @throws ControlError 404 */
export function findTenant(state: CloudState, idOrDomain: string): Tenant {
  const tenant = state.world.findTenant(idOrDomain);
  if (tenant === undefined) throw new ControlError(404, `no tenant ${idOrDomain}`);
  return tenant;
}

/** @throws ControlError 400 */
export function parse<T extends object>(shape: z.ZodType<T>, request: Request): Defined<T> {
  let body: unknown;
  try {
    body = JSON.parse(request.body === undefined || request.body === '' ? '{}' : request.body);
  } catch {
    throw new ControlError(400, 'the body is not JSON');
  }
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw new ControlError(400, z.prettifyError(parsed.error));
  return withoutUndefined(parsed.data);
}
