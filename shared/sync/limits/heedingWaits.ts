import { ThrottledError } from '../../errors';
import type { IncidentSource } from '../../ports';

export interface HeedingSource {
  readonly source: IncidentSource;
  /** Resolves when the calls under way are home, whatever they bring. */
  settled(): Promise<void>;
}

/**
 * The source; `onWait` hears of a refusal with a wait before anyone else does, so that all readers of the run stop at once. Pages are asked
 * for ahead, so a run that fails leaves calls behind; none may outlive the run that counts it.
 */
export const heedingWaits = (source: IncidentSource, onWait: (wait: ThrottledError) => void): HeedingSource => {
  const underWay = new Set<Promise<unknown>>();
  const heed = async <T>(call: Promise<T>): Promise<T> => {
    underWay.add(call);
    try {
      return await call;
    } catch (error) {
      if (error instanceof ThrottledError) onWait(error);
      throw error;
    } finally {
      underWay.delete(call);
    }
  };
  return {
    source: {
      ...source,
      listChanged: (query) => heed(source.listChanged(query)),
      get: (incidentId, options) => heed(source.get(incidentId, options)),
      withAlerts: (incident) => heed(source.withAlerts(incident)),
    },
    settled: async () => {
      await Promise.allSettled(underWay);
    },
  };
};
