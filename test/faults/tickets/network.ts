import { TargetError, UpstreamError } from '../../../shared/errors';
import type { IncomingAnswer, OutgoingRequest, Send } from '../../../shared/ports';
import type { RandomSource } from '../../support/randomSource';
import type { Steps } from '../day/steps';
import type { Timeline } from '../day/timeline';
import type { TicketRates } from './plan';
import type { TicketTally } from './ticketFaults';

/** Whoever answers at an address. */
export interface Host {
  answer(request: OutgoingRequest): IncomingAnswer;
  /** Keeps tickets, as opposed to taking events. */
  readonly isDesk: boolean;
  isDown(): boolean;
}

export interface NetworkOptions {
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: TicketTally;
  readonly rates: TicketRates;
  readonly faultsOn: () => boolean;
  readonly hostOf: (url: string) => Host | undefined;
  /** Hears of each call that leaves the relay. */
  readonly onCall: (request: OutgoingRequest) => void;
  /** An answer that the relay does not hear of work that was done. */
  readonly onLostAnswer: () => void;
  /** A target that says it is gone. */
  readonly onGone: (url: string) => void;
}

export const elsewhere = 'https://elsewhere.example/';

/** What the relay sends, over a line and to targets that fail. */
export const createNetwork =
  (options: NetworkOptions) =>
  (steps: Steps): Send =>
  async (request) => {
    const { timeline, random, tally, rates, faultsOn, hostOf, onCall, onLostAnswer, onGone } = options;
    const host = hostOf(request.url);
    const { work, answerAfterMs, fails } = await steps.take('http', `send ${request.url}`, () => {
      onCall(request);
      if (host === undefined) throw new TargetError('The address of the target leads nowhere', 'address', null);
      if (host.isDown()) {
        tally.hit('33 down');
        throw new UpstreamError('connection refused');
      }
      return play(host);
    });
    if (answerAfterMs > 0) await steps.take('pause', 'answer', () => timeline.wait(answerAfterMs));
    if (fails !== undefined) throw new UpstreamError(fails);
    return work;

    function play(to: Host): {
      readonly work: IncomingAnswer;
      readonly answerAfterMs: number;
      readonly fails?: string;
    } {
      const draw = { at: faultsOn() ? random.next() : 2 };
      const happens = (rate: number): boolean => {
        draw.at -= rate;
        return draw.at < 0 && draw.at >= -rate;
      };
      const status = (code: number, headers: Readonly<Record<string, string>> = {}) => ({
        work: { status: code, headers, body: '' },
        answerAfterMs: 0,
      });
      const isCreate = to.isDesk && (request.body ?? '').startsWith('{"op":"create"');
      if (happens(rates.answerLate)) {
        tally.hit('32 2xx late');
        return {
          work: to.answer(request),
          answerAfterMs: Math.min(3_000 + random.below(9_000), request.timeoutMs - 1),
        };
      }
      if (happens(isCreate ? Math.max(rates.answerLost, rates.createAnswerLost) : rates.answerLost)) {
        tally.hit(isCreate ? '34 answer lost' : '32 2xx then reset');
        onLostAnswer();
        return { work: to.answer(request), answerAfterMs: random.below(2_000), fails: 'reset after the work' };
      }
      if (happens(rates.redirected)) {
        tally.hit('32 3xx');
        return status([301, 302, 307, 308][random.below(4)] ?? 302, { location: elsewhere });
      }
      if (happens(rates.gone)) {
        tally.hit('32 410');
        onGone(request.url);
        return status(410);
      }
      if (happens(rates.tooLarge)) {
        tally.hit('32 413');
        return status(413);
      }
      if (happens(rates.throttled)) {
        tally.hit('32 429');
        return status(429, { 'retry-after': String(1 + random.below(300)) });
      }
      if (happens(rates.serverError)) {
        tally.hit('32 5xx');
        return status([500, 502, 503, 504][random.below(4)] ?? 500);
      }
      if (happens(rates.hang)) {
        tally.hit('32 hang');
        const isDone = random.next() < 0.5;
        if (isDone) onLostAnswer();
        const work = isDone ? to.answer(request) : status(500).work;
        return { work, answerAfterMs: request.timeoutMs, fails: 'no whole answer in time' };
      }
      if (happens(rates.tls)) {
        tally.hit('32 tls');
        throw new UpstreamError('the certificate is of another');
      }
      return { work: to.answer(request), answerAfterMs: 0 };
    }
  };
