import type { Tenant } from '../../../local/microsoft/world/incident';
import type { RandomSource } from '../../support/randomSource';
import type { TokenAnswer, TokenQuestion } from './entraSdk';
import type { Tally } from './faultKinds';
import type { Rates } from './plan';
import type { Timeline } from './timeline';
import { writeToken } from './token';

/** The day's Entra and vault: consent may go, the secret may expire, tokens may be odd. */
export interface DayEntra {
  ask(question: TokenQuestion): Promise<TokenAnswer>;
  vaultIsAway(): boolean;
  secretInVault(): string;
  /** The secret is refused at once; the vault holds the new one only after this moment. */
  expireSecret(vaultFromMs: number): void;
  closeVault(untilMs: number): void;
  revokeConsent(tenant: Tenant, untilMs: number): void;
  heal(): void;
}

export interface EntraOptions {
  readonly tenants: readonly Tenant[];
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: Tally;
  readonly rates: Rates;
  readonly faultsOn: () => boolean;
}

const lifeMs = 60 * 60_000;

export const createEntra = ({ tenants, timeline, random, tally, rates, faultsOn }: EntraOptions): DayEntra => {
  let secrets = 1;
  let vaultFromMs = 0;
  let vaultAwayUntilMs = 0;
  const withoutConsent = new Map<string, number>();
  const refusal = (status: number, error: string, number: number): TokenAnswer => ({
    status,
    body: { error, error_description: `AADSTS${number}: refused.` },
  });

  return {
    vaultIsAway: () => timeline.now() < vaultAwayUntilMs,
    secretInVault: () => `secret ${timeline.now() < vaultFromMs ? secrets - 1 : secrets}`,
    expireSecret: (fromMs) => {
      secrets += 1;
      vaultFromMs = fromMs;
    },
    closeVault: (untilMs) => {
      vaultAwayUntilMs = untilMs;
    },
    revokeConsent: ({ tenantId }, untilMs) => void withoutConsent.set(tenantId, untilMs),
    heal: () => {
      vaultFromMs = 0;
      vaultAwayUntilMs = 0;
      withoutConsent.clear();
    },
    ask: async ({ tenantId, clientId, secret, scope }) => {
      const now = timeline.now();
      if (secret !== `secret ${secrets}`) {
        tally.hit(28);
        return refusal(401, 'invalid_client', 7000222);
      }
      if ((withoutConsent.get(tenantId) ?? 0) > now) {
        tally.hit(29);
        return refusal(400, 'unauthorized_client', 700016);
      }
      const isOdd = faultsOn() && random.next() < rates.oddTokenPerToken;
      const kind = isOdd ? random.below(3) : -1;
      if (isOdd) tally.hit(30);
      if (kind === 0) await timeline.wait(5_000 + random.below(25_000));
      const other = kind === 1 ? tenants.find((each) => each.tenantId !== tenantId) : undefined;
      const expiresAtMs = now + (kind === 2 ? 60_000 + random.below(600_000) : lifeMs);
      const claims = { tenantId: other?.tenantId ?? tenantId, clientId, audience: scope.replace(/\/\.default$/, '') };
      const token = writeToken(claims, timeline.now(), expiresAtMs);
      return { status: 200, body: { access_token: token, expires_on_ms: expiresAtMs } };
    },
  };
};
