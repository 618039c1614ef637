import { rateLimits } from '../../shared/incidents/limits';
import { inProcessRelay } from '../support/inProcessRelay';
import { storedIn } from './callCounts';
import { expectEqual } from './expectEqual';

/** Of Defender's 50 calls a minute the reads have these; the others are left to updates and actions. */
const readShare = 40;
const pageSize = 100;
const minuteMs = 60_000;
const mostMinutes = 120;

export interface Allowance {
  readonly pages: number;
  /** Answered 429. */
  readonly refused: number;
  /** Most calls in any one minute and hour. */
  readonly mostInMinute: number;
  readonly mostInHour: number;
  /** Calls of each minute, the one in which the backlog ended included. */
  readonly callsByMinute: readonly number[];
  /** Of the reads' share, in the minutes in which the backlog lasted. */
  readonly used: number;
}

/**
 * A backlog of so many pages against a cloud that counts every call and refuses the 51st a minute and the 1,501st an hour. The timer ticks
 * once a minute by a virtual clock, and each call takes `callMs` of it, as calls do that are made side by side.
 */
export const measureAllowance = async (pages: number, callMs = 30): Promise<Allowance> => {
  const relay = await inProcessRelay({
    seed: 1,
    incidents: pages * pageSize,
    backend: 'defender',
    alerts: false,
    intercept: (_, pass) => {
      relay.clock.advance(callMs);
      return pass();
    },
  });
  relay.cloud.behaviour.change({ rates: { defender: rateLimits.defender } });
  const startMs = relay.clock.now();
  const callsByMinute: number[] = [];
  for (let minute = 1; ; minute += 1) {
    if (minute > mostMinutes) throw new Error(`a backlog of ${pages} pages lasts longer than ${mostMinutes} minutes`);
    const before = relay.calls.length;
    const { state, code } = await relay.sync();
    callsByMinute.push(relay.calls.length - before);
    if (state === 'complete') break;
    if (state !== 'cut') throw new Error(`a run ended ${state} ${code ?? ''}`);
    relay.clock.advance(Math.max(0, startMs + minute * minuteMs - relay.clock.now()));
  }
  expectEqual('incidents stored', storedIn(relay), pages * pageSize);
  const rate = relay.cloud.rates.counts().defender[relay.tenant.tenantId];
  if (rate === undefined) throw new Error('the cloud counted no call');
  const { refused, mostInMinute, mostInHour } = rate;
  const whole = callsByMinute.slice(0, -1);
  const used = whole.reduce((sum, calls) => sum + calls, 0) / (whole.length * readShare);
  return { pages, refused, mostInMinute, mostInHour, callsByMinute, used };
};
