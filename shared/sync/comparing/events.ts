import { createHash } from 'node:crypto';
import { isOpen } from '../../model/incident';
import type { EventType, OutboxEvent, Target } from '../../model/outbox';
import type { Announced } from '../../store/incidents';
import type { Judged } from './diff';

/** What one incident's change means to those who follow it. */
export interface Announcement {
  readonly events: readonly OutboxEvent[];
  /** Whom it is told to, for the incident's row. */
  readonly announced: Announced;
}

/**
 * The events of one version: one a target, of the first type that fits, and only where what people watch has changed. What a target was told
 * before that change counts for nothing: while it was off it may have missed a version, and been told of that from the store since. Pure, so
 * that whatever is tried again makes the same events under the same ids.
 */
export const announce = (tenantId: string, judged: Judged, targets: readonly Target[]): Announcement => {
  const before = judged.known?.announced ?? {};
  if (judged.difference === 'redigested') return { events: [], announced: carriedOver(judged, before) };
  const { incident, digests } = judged;
  if (judged.known?.watchedDigest === digests.watchedDigest) return { events: [], announced: before };
  const type = typeOf(judged);
  const { incidentId } = incident.header;
  const wants = ({ since, backlog }: Target): boolean =>
    incident.version >= since || (backlog === 'open' && isOpen(incident.header.status));
  const events = targets.filter(wants).map(({ connectionId }): OutboxEvent => ({
    eventId: eventIdOf(tenantId, incidentId, incident.version, digests.watchedDigest, connectionId),
    tenantId,
    connectionId,
    incidentId,
    type,
    version: incident.version,
    watchedDigest: digests.watchedDigest,
  }));
  return { events, announced: Object.fromEntries(events.map((event) => [event.connectionId, event.watchedDigest])) };
};

/** Another recipe of digests is no news: who was told of the old one counts as told of the new. */
const carriedOver = ({ known, digests }: Judged, before: Announced): Announced =>
  Object.fromEntries(
    Object.entries(before).map(([connectionId, told]) => [
      connectionId,
      told === known?.watchedDigest ? digests.watchedDigest : told,
    ]),
  );

const typeOf = ({ incident, known }: Judged): EventType => {
  const is = (status: string | null | undefined, name: string): boolean => (status ?? '').toLowerCase() === name;
  const { status } = incident.header;
  if (is(status, 'redirected') && !is(known?.status, 'redirected')) return 'merged';
  if (known === undefined) return 'created';
  if (is(known.status, 'resolved') && isOpen(status)) return 'reopened';
  if (is(status, 'resolved') && !is(known.status, 'resolved')) return 'resolved';
  return 'updated';
};

export const eventIdOf = (...parts: readonly string[]): string =>
  `evt_${createHash('sha256')
    .update(parts.map((part) => `${part.length}:${part}`).join(''))
    .digest('base64url')}`;
