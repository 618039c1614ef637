import { ThrottledError } from '../errors';
import type { IncidentSource } from '../ports';

/** The source; `onWait` hears of a refusal with a wait before anyone else does, so that all readers of the run stop at once. */
export const heedingWaits = (source: IncidentSource, onWait: (wait: ThrottledError) => void): IncidentSource => {
  const heed = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof ThrottledError) onWait(error);
      throw error;
    }
  };
  return {
    ...source,
    listChanged: (query) => heed(source.listChanged(query)),
    get: (incidentId, options) => heed(source.get(incidentId, options)),
    withAlerts: (incident) => heed(source.withAlerts(incident)),
  };
};
