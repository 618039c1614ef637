import { randomUUID } from 'node:crypto';
import type { Behaviour } from './behaviour';
import { createBehaviour } from './behaviour';
import type { CallLog } from './calls';
import { createCallLog } from './calls';
import type { Registrations } from './entra/registrations';
import { createRegistrations } from './entra/registrations';
import type { Tokens } from './entra/tokens';
import { createTokens } from './entra/tokens';
import type { DefenderTexts } from './defender/incidentText';
import { createDefenderTexts } from './defender/incidentText';
import type { IncidentTexts } from './graph/incidentText';
import { createIncidentTexts } from './graph/incidentText';
import type { Rates } from './rates';
import { createRates } from './rates';
import type { Secrets } from './vault/secrets';
import { createSecrets } from './vault/secrets';
import type { World, WorldOptions } from './world/createWorld';
import { createWorld } from './world/createWorld';
import type { Random } from './world/random';
import { createRandom, seedOf } from './world/random';

export interface CloudOptions extends WorldOptions {
  /** Name in the vault of the reader's client secret, default `relay-app-secret`. */
  secretName?: string;
  /** Shows alerts without evidence: a fifth of the size, for tests that read very many pages. */
  withoutEvidence?: boolean;
}

/** All the cloud knows; its services are functions over it. */
export interface CloudState {
  readonly world: World;
  readonly behaviour: Behaviour;
  readonly calls: CallLog;
  readonly registrations: Registrations;
  readonly tokens: Tokens;
  readonly secrets: Secrets;
  readonly rates: Rates;
  readonly texts: IncidentTexts;
  readonly defenderTexts: DefenderTexts;
  /** Draws what happens between two pages. */
  readonly chance: Random;
  readonly identityHeader: string;
  /** Where the services are reached, without a final slash. */
  readonly urls: { entra: string; graph: string; defender: string; vault: string };
}

/** A cloud without any server, for calls made in process; it is reached under names that lead nowhere.
 *  Making a signing key takes a tenth of a second and more: who makes many clouds may give them all one. */
export async function createCloudState(options: CloudOptions, tokens?: Tokens): Promise<CloudState> {
  const { seed, secretName = 'relay-app-secret', withoutEvidence = false } = options;
  const world = createWorld(options);
  const registrations = createRegistrations(seed);
  const secrets = createSecrets(world.clock);
  const behaviour = createBehaviour();
  const [readerSecret] = registrations.reader.secrets;
  secrets.set(secretName, { value: readerSecret?.value ?? '' });
  return {
    world,
    behaviour,
    calls: createCallLog(),
    registrations,
    tokens: tokens ?? (await createTokens()),
    secrets,
    rates: createRates(world.clock, (service) => behaviour.settings.rates[service]),
    texts: createIncidentTexts({ withoutEvidence }),
    defenderTexts: createDefenderTexts({ withoutEvidence }),
    chance: createRandom(seedOf(seed, 'betweenPages')),
    identityHeader: randomUUID(),
    urls: {
      entra: 'https://entra.invalid',
      graph: 'https://graph.invalid',
      defender: 'https://defender.invalid',
      vault: 'https://vault.invalid',
    },
  };
}
