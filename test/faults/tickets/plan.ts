import type { RandomSource } from '../../support/randomSource';
import type { DeskScheme } from './signing';

/** How often things go wrong; shares are of calls unless the name says otherwise. */
export interface TicketRates {
  /** Chance that a process ends at one call of a port. */
  readonly deathPerStep: number;
  readonly storageBeforePerStep: number;
  readonly storageAfterPerWrite: number;
  readonly vaultPerRead: number;
  /** Of messages of both queues. */
  readonly messageLost: number;
  readonly messageTwice: number;
  readonly messageLate: number;
  /** Of calls to tools and receivers. */
  readonly answerLate: number;
  readonly answerLost: number;
  readonly redirected: number;
  readonly gone: number;
  readonly tooLarge: number;
  readonly throttled: number;
  readonly serverError: number;
  readonly hang: number;
  readonly tls: number;
  /** Of answers to a ticket's creation alone. */
  readonly createAnswerLost: number;
  /** Of what tools send us. */
  readonly hookLost: number;
  readonly hookTwice: number;
  readonly hookLate: number;
  readonly hookHalf: number;
  readonly hookAnswerLost: number;
  /** Of calls to Defender. */
  readonly microsoftFails: number;
  readonly timerSkipped: number;
  /** Chance that a change is answered by another on the other side within seconds. */
  readonly pingPong: number;
}

/** What happens in one world. */
export interface TicketPlan {
  readonly rates: TicketRates;
  readonly hours: number;
  readonly tenants: number;
  readonly incidents: number;
  /** What people do in Defender and in the tools, together. */
  readonly actions: number;
  /** Of those, in the tools. */
  readonly inTools: number;
  /** A connection of all tenants beside their own. */
  readonly shared: 'none' | 'desk' | 'sink';
  readonly processes: number;
  /** A target that is away for so many hours; 0: none. */
  readonly outageHours: number;
  /** How often a connection is removed, switched, or a key turned. */
  readonly configChanges: number;
  /** What strangers try, against the hooks. */
  readonly attacks: number;
  /** Tools whose solved tickets stay closed. */
  readonly finalShare: number;
  /** Tools that send each webhook once. */
  readonly forgetfulShare: number;
  /** Connections without a key for what comes in. */
  readonly keylessShare: number;
  /** Tools that sign in another way than Standard Webhooks, or send a shared secret alone. */
  readonly schemes: readonly DeskScheme[];
  /** Above which a connection's new tickets are a storm; null: it has no limit. */
  readonly storm: { readonly count: number; readonly minutes: number } | null;
  /** Incidents of one tenant within seconds; 0: none. */
  readonly bursts: readonly number[];
  /** Real sockets on the loopback interface, for the guard of addresses. */
  readonly withSockets: boolean;
}

/** A plan with some of it set, for worlds aimed at one thing. */
export interface TicketAim {
  readonly rates?: Partial<TicketRates>;
  readonly world?: Partial<Omit<TicketPlan, 'rates'>>;
  /** Nothing but what is set goes wrong. */
  readonly isCalm?: boolean;
}

export type TicketProfile = 'mix' | TicketAim;

const calm: TicketRates = {
  deathPerStep: 0,
  storageBeforePerStep: 0,
  storageAfterPerWrite: 0,
  vaultPerRead: 0,
  messageLost: 0,
  messageTwice: 0,
  messageLate: 0,
  answerLate: 0,
  answerLost: 0,
  redirected: 0,
  gone: 0,
  tooLarge: 0,
  throttled: 0,
  serverError: 0,
  hang: 0,
  tls: 0,
  createAnswerLost: 0,
  hookLost: 0,
  hookTwice: 0,
  hookLate: 0,
  hookHalf: 0,
  hookAnswerLost: 0,
  microsoftFails: 0,
  timerSkipped: 0,
  pingPong: 0,
};

/** Each fault is often, seldom or never in a world, so that some worlds are ruled by a few. */
const drawRates = (random: RandomSource): TicketRates => {
  const often = (rate: number): number => rate * ([0, 0.3, 1, 1, 3][random.below(5)] ?? 1);
  return {
    deathPerStep: often(0.0007),
    storageBeforePerStep: often(0.004),
    storageAfterPerWrite: often(0.004),
    vaultPerRead: often(0.02),
    messageLost: often(0.05),
    messageTwice: often(0.1),
    messageLate: often(0.1),
    answerLate: often(0.06),
    answerLost: often(0.05),
    redirected: often(0.015),
    gone: often(0.01),
    tooLarge: often(0.02),
    throttled: often(0.04),
    serverError: often(0.06),
    hang: often(0.03),
    tls: often(0.04),
    createAnswerLost: often(0.15),
    hookLost: often(0.06),
    hookTwice: often(0.12),
    hookLate: often(0.12),
    hookHalf: often(0.06),
    hookAnswerLost: often(0.06),
    microsoftFails: often(0.04),
    timerSkipped: often(0.2),
    pingPong: often(0.15),
  };
};

const drawStorm = (random: RandomSource): Pick<TicketPlan, 'storm' | 'bursts'> => {
  if (random.next() < 0.5) return { storm: null, bursts: [] };
  const storm = { count: 2 + random.below(4), minutes: [10, 60, 240][random.below(3)] ?? 60 };
  return { storm, bursts: Array.from({ length: 1 + random.below(2) }, () => 3 + random.below(9)) };
};

/** Half of them sign as most do. */
const drawSchemes = (random: RandomSource): readonly DeskScheme[] =>
  Array.from({ length: 4 }, () =>
    random.next() < 0.5
      ? 'standard'
      : ((['github', 'jira', 'zendesk', 'header'] as const)[random.below(4)] ?? 'github'),
  );

const plain: Pick<TicketPlan, 'schemes' | 'storm' | 'bursts'> = { schemes: ['standard'], storm: null, bursts: [] };

/** @param random draws what is not set @param others draws what came later, so that older worlds stay as they were but for that */
export const ticketPlanOf =
  (profile: TicketProfile) =>
  (random: RandomSource, others: RandomSource): TicketPlan => {
    const drawn: TicketPlan = {
      ...drawStorm(others),
      schemes: drawSchemes(others),
      rates: drawRates(random),
      hours: 4 + random.below(20),
      tenants: 2 + random.below(3),
      incidents: 8 + random.below(9),
      actions: 25 + random.below(40),
      inTools: 0.4,
      shared: (['none', 'desk', 'sink'] as const)[random.below(3)] ?? 'none',
      processes: 1 + random.below(3),
      outageHours: [0, 0, 0, 0, 2, 12, 96][random.below(7)] ?? 0,
      configChanges: [0, 0, 1, 3][random.below(4)] ?? 0,
      attacks: 8 + random.below(8),
      finalShare: 0.25,
      forgetfulShare: 0.25,
      keylessShare: 0.1,
      withSockets: false,
    };
    if (profile === 'mix') return drawn;
    const base =
      profile.isCalm === true ? { ...drawn, ...plain, rates: calm, outageHours: 0, configChanges: 0 } : drawn;
    return { ...base, ...profile.world, rates: { ...base.rates, ...profile.rates } };
  };
