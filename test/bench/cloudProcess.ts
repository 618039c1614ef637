import type { Cloud, CloudOptions } from '../../local/microsoft';
import { startCloud } from '../../local/microsoft';
import { createDefenderTexts } from '../../local/microsoft/defender/incidentText';
import { createIncidentTexts } from '../../local/microsoft/graph/incidentText';
import { serveCalls } from './childCalls';

let running: Cloud | undefined;

const cloud = (): Cloud => {
  if (running === undefined) throw new Error('the cloud is not started');
  return running;
};

/** Texts are made when they are first asked for and forgotten above a limit, neither of which is to happen while anyone is measured. */
const writeEverything = ({ state, world }: Cloud, { ofDefender }: { readonly ofDefender: boolean }): void => {
  const texts = createIncidentTexts({ maxCharacters: Infinity });
  const defenderTexts = createDefenderTexts({ maxCharacters: Infinity });
  Object.assign(state, { texts, defenderTexts });
  for (const tenant of world.tenants)
    for (const incident of world.incidentsOf(tenant).byCreation) {
      texts.incidentText(tenant, incident, { expandAlerts: true, showFutureMembers: true });
      if (ofDefender) defenderTexts.incidentText(tenant, incident);
    }
};

const calls = {
  start: async ({ ofDefender, ...options }: CloudOptions & { readonly ofDefender: boolean }) => {
    running = await startCloud(options);
    const { entraUrl, graphUrl, defenderUrl, vaultUrl, identityEndpoint, identityHeader, caPem } = running;
    const { homeTenantId, readerClientId, apiClientId, managedIdentityClientId, world } = running;
    // Loopback is quicker than any compression; nobody is to pay for it.
    running.change({ gzip: false });
    writeEverything(running, { ofDefender });
    return {
      ...{ entraUrl, graphUrl, defenderUrl, vaultUrl, identityEndpoint, identityHeader, caPem },
      ...{ homeTenantId, readerClientId, apiClientId, managedIdentityClientId },
      tenants: world.tenants.map(({ tenantId, displayName }) => ({ tenantId, displayName })),
    };
  },
  answerAfter: (delayMs: number) => {
    cloud().change({ graphDelayMs: delayMs, defenderDelayMs: delayMs });
    return Promise.resolve();
  },
};

export type CloudCalls = typeof calls;

// The simulated Microsoft cloud as a process of its own, so that what it computes is not counted as anyone's work.
serveCalls(calls);
