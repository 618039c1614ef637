import { z } from 'zod';
import { allTenants, connectionKeyOf } from '../../model/connection';
import type { DeliveryOutcome, DeliveryState, EventType } from '../../model/outbox';
import type { Tenant } from '../../model/tenant';
import { continueKey } from '../../store/continueKey';
import { deadLetters } from '../../store/deadLetters';
import { nibbles, tenantPartition } from '../../store/keys';
import { openLanes } from '../../store/openLanes';
import type { ListedEvent } from '../../store/outbox';
import { deliveryPages, readEvent } from '../../store/outbox';
import type { Caller } from '../callers/caller';
import { openPlace, sealPlace } from '../input/continueToken';
import type { Page } from '../input/continueToken';
import { pageQuery } from '../input/pageQuery';
import type { HttpServices } from '../services';
import { canSee } from '../callers/visibility';

export const deliveriesQuery = z.strictObject({
  state: z.enum(['pending', 'delivered', 'superseded', 'dead']).optional(),
  tenantId: z.string().toLowerCase().optional(),
  connectionId: z.string().optional(),
  ...pageQuery,
});

export type DeliveriesQuery = z.output<typeof deliveriesQuery>;

export interface DeliveryView {
  readonly eventId: string;
  readonly tenantId: string;
  /** The tenant's id, or `_all`: whose connection it is. */
  readonly scope: string;
  readonly connectionId: string;
  readonly incidentId: string;
  readonly type: EventType;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** ISO 8601 UTC; null: as soon as its turn comes, or never again. */
  readonly nextAttempt: string | null;
  readonly lastOutcome: DeliveryOutcome | null;
}

type Services = Pick<HttpServices, 'storage' | 'registry' | 'config' | 'clock'>;

/** Where a list goes on: after the row `within` of a tenant or lane, or after the row `after` of an index. */
const placeShape = z.object({
  /** A tenant, or a nibble of an index. */
  at: z.string(),
  after: z.string().optional(),
  within: z.string().optional(),
});
type Place = z.output<typeof placeShape>;

/** What a list comes past: with a delivery, or only further. */
interface Step {
  readonly place: Place;
  readonly found?: ListedEvent;
}

/** Steps of one page: a page may be short and still go on. */
const maxSteps = 2_000;

/**
 * A page of deliveries in tenants of the caller's sight. What waits or was given up is found over all tenants by its index; otherwise the
 * tenants are gone through one by one, so that a page may be empty and still go on. @throws RequestError · GroupsOverageError
 */
export const pageOfDeliveries = async (
  services: Services,
  caller: Caller,
  query: DeliveriesQuery,
): Promise<Page<DeliveryView>> => {
  const { storage, clock } = services;
  const key = await continueKey(storage.index);
  const { limit, continue: token, ...conditions } = query;
  const binding = { objectId: caller.objectId, list: 'deliveries', conditions };
  const nowMs = clock.now();
  const from = token === undefined ? undefined : openPlace(key, binding, token, placeShape, nowMs);
  const items: DeliveryView[] = [];
  let [last, steps] = [from, 0];
  for await (const { place, found } of stepsOf(services, caller, query, from)) {
    steps += 1;
    const isShown = found !== undefined && isOf(found, query.connectionId);
    if (steps > maxSteps || (isShown && items.length === limit))
      return { items, continue: sealPlace(key, binding, last, nowMs) };
    if (isShown) items.push(deliveryView(found));
    last = place;
  }
  return { items, continue: null };
};

const isOf = ({ event }: ListedEvent, connectionId: string | undefined): boolean =>
  connectionId === undefined || connectionKeyOf(event.tenantId, event.connectionId).connectionId === connectionId;

export const deliveryView = ({ event }: ListedEvent): DeliveryView => {
  const { eventId, tenantId, incidentId, type, state, attempts, nextAttempt, lastOutcome } = event;
  const key = connectionKeyOf(tenantId, event.connectionId);
  const scope = key.scope === allTenants ? allTenants : tenantId;
  return {
    ...{ eventId, tenantId, scope, connectionId: key.connectionId, incidentId, type, state, attempts },
    nextAttempt: state === 'pending' ? nextAttempt : null,
    lastOutcome,
  };
};

const stepsOf = (
  services: Services,
  caller: Caller,
  { state, tenantId }: DeliveriesQuery,
  from: Place | undefined,
): AsyncIterable<Step> => {
  if (tenantId !== undefined) return stepsOfTenant(services, caller, tenantId, state, from);
  if (state === 'dead') return stepsOfDead(services, caller, from);
  if (state === 'pending') return stepsOfLanes(services, caller, from);
  return stepsOfTenants(services, caller, state, from);
};

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function* stepsOfTenant(
  { registry, config, storage }: Services,
  caller: Caller,
  tenantId: string,
  state: DeliveryState | undefined,
  from: Place | undefined,
): AsyncIterable<Step> {
  const tenant = guid.test(tenantId) ? await registry.get(tenantId) : undefined;
  if (tenant === undefined || !canSee(caller, tenant, config.ungroupedTenants)) return;
  yield* eventSteps({ storage }, tenantId, state, from?.within);
}

async function* eventSteps(
  { storage }: Pick<Services, 'storage'>,
  tenantId: string,
  state: DeliveryState | undefined,
  after: string | undefined,
): AsyncIterable<Step> {
  const options = { ...(state === undefined ? {} : { state }), ...(after === undefined ? {} : { after }) };
  for await (const page of deliveryPages(tenantId, storage.incidents, options))
    for (const found of page) yield { place: { at: tenantId, within: found.rowKey }, found };
}

async function* stepsOfTenants(
  { registry, config, storage }: Services,
  caller: Caller,
  state: DeliveryState | undefined,
  from: Place | undefined,
): AsyncIterable<Step> {
  const start = from === undefined ? '000' : tenantPartition(from.at);
  for await (const page of registry.pages(start, undefined))
    for (const tenant of page) {
      const { tenantId } = tenant;
      const isBefore = from !== undefined && tenantPartition(tenantId) === start && tenantId < from.at;
      if (isBefore || !canSee(caller, tenant, config.ungroupedTenants)) continue;
      yield* eventSteps({ storage }, tenantId, state, tenantId === from?.at ? from.within : undefined);
      // Past all of it: no event's key is larger.
      yield { place: { at: tenantId, within: 'p' } };
    }
}

/** Asks for each tenant the first time it is met. */
const sightOf = ({ registry, config }: Services, caller: Caller): ((tenantId: string) => Promise<boolean>) => {
  const known = new Map<string, Promise<Tenant | undefined>>();
  return async (tenantId) => {
    const asked = known.get(tenantId) ?? registry.get(tenantId);
    known.set(tenantId, asked);
    const tenant = await asked;
    return tenant !== undefined && canSee(caller, tenant, config.ungroupedTenants);
  };
};

const nibblesFrom = (from: Place | undefined): readonly string[] =>
  nibbles.filter((nibble) => from === undefined || nibble >= from.at);

async function* stepsOfDead(services: Services, caller: Caller, from: Place | undefined): AsyncIterable<Step> {
  const isInSight = sightOf(services, caller);
  const { storage } = services;
  for (const nibble of nibblesFrom(from))
    for await (const page of deadLetters(storage.index).pages(
      nibble,
      nibble === from?.at ? from.after : undefined,
      200,
    ))
      for (const letter of page) {
        const place = { at: nibble, after: letter.rowKey };
        const found = (await isInSight(letter.tenantId)) ? await readEvent(letter, storage.incidents) : undefined;
        // It is written before the event says so, and may be left behind by a replay.
        yield found?.event.state === 'dead' ? { place, found } : { place };
      }
}

async function* stepsOfLanes(services: Services, caller: Caller, from: Place | undefined): AsyncIterable<Step> {
  const isInSight = sightOf(services, caller);
  const { storage } = services;
  for (const nibble of nibblesFrom(from)) {
    let before = nibble === from?.at ? from.after : undefined;
    let within = nibble === from?.at ? from.within : undefined;
    for await (const page of openLanes(storage.index).pages(nibble, before, 200))
      for (const lane of page) {
        if (await isInSight(lane.tenantId)) {
          const options = { lane, state: 'pending' as const, ...(within === undefined ? {} : { after: within }) };
          for await (const events of deliveryPages(lane.tenantId, storage.incidents, options))
            for (const found of events) {
              const after = before === undefined ? {} : { after: before };
              yield { place: { at: nibble, ...after, within: found.rowKey }, found };
            }
        }
        before = lane.rowKey;
        within = undefined;
        yield { place: { at: nibble, after: lane.rowKey } };
      }
  }
}
