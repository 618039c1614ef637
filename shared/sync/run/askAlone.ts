import { AppError, AuthError, ConsentError, messageOf, ThrottledError } from '../../errors';
import type { ObservedIncident } from '../../model/incident';
import type { IncidentSource } from '../../ports';
import type { IntakeDeps } from './takeIn';

export interface AskDeps extends IntakeDeps {
  readonly source: IncidentSource;
}

/** There is none of that id any more. */
export const gone = 'Defender does not know it.';

/**
 * One incident by its id, or in words why it cannot be had.
 * @throws ThrottledError · ConsentError · AuthError · CallsSpent: they are about the tenant, not about the incident
 */
export const askAlone = async ({ source }: AskDeps, incidentId: string): Promise<ObservedIncident | string> => {
  try {
    return (await source.get(incidentId)) ?? gone;
  } catch (error) {
    if (error instanceof ThrottledError || error instanceof ConsentError || error instanceof AuthError) throw error;
    if (!(error instanceof AppError)) throw error;
    return messageOf(error);
  }
};
