import type { Cloud, CloudOptions } from '../../local/microsoft';
import { startCloud } from '../../local/microsoft';
import { createIncidentTexts } from '../../local/microsoft/graph/incidentText';
import { serveCalls } from './childCalls';

let running: Cloud | undefined;

const cloud = (): Cloud => {
  if (running === undefined) throw new Error('the cloud is not started');
  return running;
};

/** Texts are made when they are first asked for and forgotten above a limit, neither of which is to happen while anyone is measured. */
const writeEverything = ({ state, world }: Cloud): void => {
  const texts = createIncidentTexts({ maxCharacters: Infinity });
  Object.assign(state, { texts });
  for (const tenant of world.tenants)
    for (const incident of world.incidentsOf(tenant).byCreation)
      texts.incidentText(tenant, incident, { expandAlerts: true, showFutureMembers: true });
};

const calls = {
  start: async (options: CloudOptions) => {
    running = await startCloud(options);
    const { entraUrl, graphUrl, vaultUrl, identityEndpoint, identityHeader, caPem } = running;
    const { homeTenantId, readerClientId, apiClientId, managedIdentityClientId, world } = running;
    writeEverything(running);
    return {
      ...{ entraUrl, graphUrl, vaultUrl, identityEndpoint, identityHeader, caPem },
      ...{ homeTenantId, readerClientId, apiClientId, managedIdentityClientId },
      tenants: world.tenants.map(({ tenantId, displayName }) => ({ tenantId, displayName })),
    };
  },
  answerAfter: (graphDelayMs: number) => {
    cloud().change({ graphDelayMs });
    return Promise.resolve();
  },
};

export type CloudCalls = typeof calls;

// The simulated Microsoft cloud as a process of its own, so that what it computes is not counted as anyone's work.
serveCalls(calls);
