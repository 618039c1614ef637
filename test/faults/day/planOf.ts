import type { RandomSource } from '../../support/randomSource';
import type { DayPlan, Rates } from './plan';
import { mixedPlan, noRates } from './plan';

/** What a day is made of: `mix`, or a profile aimed at something. */
export type Profile = 'mix' | Aim;

/** Only these faults, in a small day unless told otherwise. */
export interface Aim {
  readonly rates: Partial<Rates>;
  readonly day?: Partial<Omit<DayPlan, 'rates'>>;
}

const smallDay: Omit<DayPlan, 'rates'> = {
  tenants: 2,
  defenderShare: 0,
  history: 8,
  hours: 2,
  instances: 1,
  intervalSeconds: 600,
  tickMinutes: 5,
  rowsAPage: undefined,
  changesPerHour: 10,
  poisonHeals: false,
};

export const planOf =
  (profile: Profile) =>
  (random: RandomSource): DayPlan =>
    profile === 'mix' ? mixedPlan(random) : { ...smallDay, ...profile.day, rates: { ...noRates, ...profile.rates } };
