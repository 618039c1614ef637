import { ContractError } from '../errors';
import type { HuntingApi } from './huntingApi';

/**
 * When the two older ways stop returning data: message center MC1220762, and the banners of their pages.
 * @see https://learn.microsoft.com/defender-xdr/api-advanced-hunting · https://learn.microsoft.com/defender-endpoint/api/run-advanced-query-api
 */
export const retirement = '2027-02-01T00:00:00Z';

const retired: Readonly<Partial<Record<HuntingApi, string>>> = {
  defender: '/api/advancedhunting/run of Microsoft Threat Protection',
  mde: '/api/advancedqueries/run of Defender for Endpoint',
};

/** @throws ContractError naming the replacement, for one of the older ways once it has stopped */
export const assertNotRetired = (api: HuntingApi, nowMs: number, tenantId: string): void => {
  const name = retired[api];
  if (name === undefined || nowMs < Date.parse(retirement)) return;
  const cure =
    "hunt through Graph's /v1.0/security/runHuntingQuery instead, with the permission ThreatHunting.Read.All";
  throw new ContractError(`${name} was retired on ${retirement.slice(0, 10)}: ${cure}`, { tenantId });
};
