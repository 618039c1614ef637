import { randomUUID } from 'node:crypto';
import type { Behaviour } from './behaviour';
import { createBehaviour } from './behaviour';
import type { CallLog } from './calls';
import { createCallLog } from './calls';
import type { AuthorizationCodes } from './entra/authorizationCodes';
import { createAuthorizationCodes } from './entra/authorizationCodes';
import type { Consents } from './entra/consents';
import { createConsents } from './entra/consents';
import type { DeviceCodes } from './entra/deviceCodes';
import { createDeviceCodes } from './entra/deviceCodes';
import type { Interactions } from './entra/interactions';
import { createInteractions } from './entra/interactions';
import type { NationalCloud, NationalCloudName } from './entra/nationalCloud';
import { nationalCloud } from './entra/nationalCloud';
import type { Partnerships } from './entra/partnerships';
import { createPartnerships } from './entra/partnerships';
import type { Registrations } from './entra/registrations';
import { createRegistrations } from './entra/registrations';
import type { SignIns } from './entra/signIns';
import { createSignIns } from './entra/signIns';
import type { Tokens } from './entra/tokens';
import { createTokens } from './entra/tokens';
import type { Users } from './entra/users';
import { createUsers } from './entra/users';
import type { DefenderTexts } from './defender/incidentText';
import { createDefenderTexts } from './defender/incidentText';
import type { IncidentTexts } from './graph/incidentText';
import { createIncidentTexts } from './graph/incidentText';
import type { MachineActions } from './endpoint/machineActions';
import { createMachineActions } from './endpoint/machineActions';
import type { Rates } from './rates';
import { createRates } from './rates';
import type { UsedAssertions } from './entra/usedAssertions';
import { createUsedAssertions } from './entra/usedAssertions';
import type { Certificates } from './vault/certificates';
import { createCertificates } from './vault/certificates';
import type { Secrets } from './vault/secrets';
import { createSecrets } from './vault/secrets';
import type { World, WorldOptions } from './world/createWorld';
import { createWorld } from './world/createWorld';
import type { Random } from './world/random';
import { createRandom, seedOf } from './world/random';
import { parseTime7 } from './world/time7';

export interface CloudOptions extends WorldOptions {
  /** Name in the vault of the reader's client secret, default `relay-app-secret`. */
  secretName?: string;
  /** Default `public`. */
  nationalCloud?: NationalCloudName;
  /** Shows alerts without evidence: a fifth of the size, for tests that read very many pages. */
  withoutEvidence?: boolean;
}

/** All the cloud knows; its services are functions over it. */
export interface CloudState {
  readonly world: World;
  readonly national: NationalCloud;
  readonly behaviour: Behaviour;
  readonly calls: CallLog;
  readonly registrations: Registrations;
  readonly tokens: Tokens;
  readonly users: Users;
  readonly consents: Consents;
  readonly partnerships: Partnerships;
  readonly signIns: SignIns;
  readonly authorizationCodes: AuthorizationCodes;
  readonly deviceCodes: DeviceCodes;
  /** Pages that wait for somebody to press a button. */
  readonly interactions: Interactions;
  readonly secrets: Secrets;
  /** Of the vault, with their keys. */
  readonly certificates: Certificates;
  readonly usedAssertions: UsedAssertions;
  readonly rates: Rates;
  readonly texts: IncidentTexts;
  readonly defenderTexts: DefenderTexts;
  readonly machineActions: MachineActions;
  /** Draws what happens between two pages. */
  readonly chance: Random;
  readonly identityHeader: string;
  /** Where the services are reached, without a final slash. */
  readonly urls: { entra: string; graph: string; defender: string; endpoint: string; vault: string };
}

/** A cloud without any server, for calls made in process; it is reached under names that lead nowhere.
 *  Making a signing key takes a tenth of a second and more: who makes many clouds may give them all one. */
export async function createCloudState(options: CloudOptions, tokens?: Tokens): Promise<CloudState> {
  const { seed, secretName = 'relay-app-secret', withoutEvidence = false } = options;
  const world = createWorld(options);
  const registrations = createRegistrations(seed);
  const secrets = createSecrets(world.clock);
  const behaviour = createBehaviour((tenantId) => consents.forget(tenantId));
  const national = nationalCloud(options.nationalCloud ?? 'public');
  const consents = createConsents({
    national,
    clock: world.clock,
    conditionOf: (tenantId) => behaviour.conditionOf(tenantId),
    delayMs: () => behaviour.settings.consentDelayMs,
  });
  const [readerSecret] = registrations.reader.secrets;
  secrets.set(secretName, { value: readerSecret?.value ?? '' });
  for (const purpose of ['writer', 'defender', 'api'] as const)
    secrets.set(`relay-${purpose}-secret`, { value: registrations[purpose].secrets[0]?.value ?? '' });
  return {
    world,
    national,
    behaviour,
    calls: createCallLog(),
    registrations,
    tokens: tokens ?? (await createTokens()),
    users: createUsers(),
    consents,
    partnerships: createPartnerships(world),
    signIns: createSignIns(world.clock),
    authorizationCodes: createAuthorizationCodes(world.clock),
    deviceCodes: createDeviceCodes(world.clock),
    interactions: createInteractions(world.clock),
    secrets,
    certificates: createCertificates(world.clock),
    usedAssertions: createUsedAssertions(world.clock),
    rates: createRates(world.clock, (service) => behaviour.settings.rates[service]),
    texts: createIncidentTexts({ withoutEvidence }),
    defenderTexts: createDefenderTexts({ withoutEvidence }),
    machineActions: createMachineActions(world.clock, parseTime7(world.now) ?? world.clock()),
    chance: createRandom(seedOf(seed, 'betweenPages')),
    identityHeader: randomUUID(),
    urls: {
      entra: 'https://entra.invalid',
      graph: 'https://graph.invalid',
      defender: 'https://defender.invalid',
      endpoint: 'https://endpoint.invalid',
      vault: 'https://vault.invalid',
    },
  };
}
