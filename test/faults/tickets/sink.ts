import { z } from 'zod';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';
import type { Timeline } from '../day/timeline';
import { signatureOf } from './signing';

/** One message as a receiver took it. */
export interface Taken {
  readonly atMs: number;
  /** The `webhook-id` header. */
  readonly id: string;
  readonly eventId: string;
  readonly tenantId: string;
  readonly incidentId: string;
  readonly version: string;
  readonly status: string;
}

/** A receiver of signed events that is written from the standards alone. */
export interface Sink {
  readonly urls: ReadonlySet<string>;
  readonly taken: readonly Taken[];
  /** Each is a broken promise. */
  readonly faults: readonly string[];
  /** Keys it takes, newest first. */
  keys: readonly string[];
  answer(request: OutgoingRequest): IncomingAnswer;
}

const event = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string().startsWith('/tenants/'),
  subject: z.string(),
  time: z.string(),
  data: z.looseObject({ id: z.string(), status: z.string() }),
});

export const createSink = (urls: readonly string[], key: string, timeline: Timeline): Sink => {
  const taken: Taken[] = [];
  const faults: string[] = [];
  const sink: Sink = {
    urls: new Set(urls),
    taken,
    faults,
    keys: [key],
    answer: ({ headers, body = '' }) => {
      const id = headers['webhook-id'] ?? '';
      const seconds = headers['webhook-timestamp'] ?? '';
      const shown = (headers['webhook-signature'] ?? '').split(' ');
      const isSigned = sink.keys.some((one) => shown.includes(signatureOf(one, id, seconds, body)));
      const isFresh = Math.abs(Number(seconds) * 1000 - timeline.now()) <= 5 * 60_000;
      const parsed = event.safeParse(JSON.parse(body));
      if (!isSigned || !isFresh || !parsed.success) {
        faults.push(
          `a receiver was sent what it must refuse (${isSigned ? '' : 'signature '}${isFresh ? '' : 'time '}${parsed.success ? '' : 'form'})`,
        );
        return { status: 401, headers: {}, body: '' };
      }
      const { id: eventId, source, subject, time, data } = parsed.data;
      taken.push({
        ...{ atMs: timeline.now(), id, eventId, incidentId: subject, version: time, status: data.status },
        tenantId: source.slice('/tenants/'.length),
      });
      return { status: 202, headers: {}, body: '' };
    },
  };
  return sink;
};
