import { CallsSpent } from '../../../shared/errors';
import type { TenantAccess } from '../../../shared/incidents/askTenant';
import type { Clock, IncomingAnswer, OutgoingRequest } from '../../../shared/ports';

export const tenantId = '3d6bd0a5-3a1f-4d0e-9a4c-1f2e3d4c5b6a';
export const date = 'Fri, 20 Nov 2026 08:00:00 GMT';

export const answer = (body: unknown, more: Partial<IncomingAnswer> = {}): IncomingAnswer => ({
  status: 200,
  headers: { date },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});

export interface GivenAnswers extends TenantAccess {
  readonly clock: Clock;
  readonly calls: OutgoingRequest[];
  /** What was done in order: `get` and `forget` of tokens, `permit`, `send`. */
  readonly events: string[];
}

/** A tenant whose API gives these answers, one a call, and whose run may make `permitted` calls. */
export const givenAnswers = (answers: readonly IncomingAnswer[], permitted = 100): GivenAnswers => {
  const calls: OutgoingRequest[] = [];
  const events: string[] = [];
  let tokens = 0;
  let left = permitted;
  return {
    tenantId,
    scope: 'https://api.example/.default',
    calls,
    events,
    clock: { now: () => Date.parse('2026-11-20T08:00:00Z'), elapsedMs: () => 0 },
    send: (request) => {
      events.push('send');
      calls.push(request);
      const given = answers[calls.length - 1];
      if (given === undefined) throw new Error('one call more than expected');
      return Promise.resolve(given);
    },
    permits: {
      take: () => {
        if (left === 0) return Promise.reject(new CallsSpent());
        left -= 1;
        events.push('permit');
        return Promise.resolve();
      },
    },
    tokens: {
      getToken: (scope) => {
        events.push(`get ${scope}`);
        tokens += 1;
        return Promise.resolve({ token: `token-${tokens}`, tenantId, expiresAtMs: 0 });
      },
      forget: (scope) => void events.push(`forget ${scope}`),
    },
  };
};
