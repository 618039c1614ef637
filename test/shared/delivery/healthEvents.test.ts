import type { HealthDeps } from '../../../shared/delivery/healthEvents';
import { tellHealth } from '../../../shared/delivery/healthEvents';
import type { HealthOfTenant } from '../../../shared/delivery/healthSubjects';
import { TargetError, UpstreamError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import type { Expiring } from '../../../shared/model/expiring';
import { connectionStates } from '../../../shared/store/connectionStates';
import { connectionStore } from '../../../shared/store/connections';
import { healthOutbox } from '../../../shared/store/healthOutbox';
import type { DeliveryWorld } from './deliveryWorld';
import { connectionOf, deliveryWorld, tenant, tenantId } from './deliveryWorld';

const operator = (change: Partial<Connection> = {}): Connection =>
  connectionOf({ connectionId: 'ops', tool: 'webhook', scope: '_all', audience: 'operator', ...change });

interface HealthWorld extends DeliveryWorld {
  health: HealthOfTenant;
  ends: readonly Expiring[];
  tell(): ReturnType<typeof tellHealth>;
  told(): readonly {
    readonly type: string;
    readonly subject: string;
    readonly state: string;
    readonly before: string;
  }[];
}

const healthWorld = async (...connections: readonly Connection[]): Promise<HealthWorld> => {
  const world = deliveryWorld();
  for (const connection of connections) await world.put(connection);
  const own: HealthWorld = {
    ...world,
    health: { state: 'ok', reasons: [], expiring: [] },
    ends: [],
    tell: () => {
      const deps: HealthDeps = {
        lane: world.delivery.lane,
        outbox: healthOutbox(world.index),
        registry: {
          get: (asked) => Promise.resolve(asked === tenantId ? tenant : undefined),
          pages: async function* () {
            await Promise.resolve();
            yield [tenant];
          },
        },
        healthOf: (_, connectionEnds) =>
          Promise.resolve({ ...own.health, expiring: [...own.health.expiring, ...connectionEnds] }),
        expiring: () => Promise.resolve(own.ends),
      };
      return tellHealth(deps);
    },
    told: () =>
      world.receiver.taken.map(({ body }) => {
        const event = JSON.parse(body) as { type: string; subject: string; data: { state: string; before: string } };
        return { type: event.type, subject: event.subject, state: event.data.state, before: event.data.before };
      }),
  };
  return own;
};

const tenantEvent = (state: string, before: string) => ({
  type: 'xdr-relay.tenant.health',
  subject: `tenants/${tenantId}`,
  state,
  before,
});

test('a change of a tenant is told once, and its return', async () => {
  const world = await healthWorld(operator());
  await world.tell();
  expect(world.told()).toEqual([]);
  world.health = { state: 'degraded', reasons: ['Something is late.'], expiring: [] };
  await world.tell();
  await world.tell();
  expect(world.told()).toEqual([tenantEvent('degraded', 'ok')]);
  world.clock.advance(60_000);
  world.health = { state: 'ok', reasons: [], expiring: [] };
  await world.tell();
  world.clock.advance(60_000);
  world.health = { state: 'degraded', reasons: [], expiring: [] };
  await world.tell();
  expect(world.told().map(({ state }) => state)).toEqual(['degraded', 'ok', 'degraded']);
  expect(new Set(world.receiver.taken.map(({ id }) => id)).size).toBe(3);
});

test('each threshold of an end is told: 60, 30 and 7 days ahead, and over', async () => {
  const world = await healthWorld(operator());
  const day = 24 * 60 * 60_000;
  const endsAt = new Date(world.clock.now() + 70 * day).toISOString();
  world.ends = [{ what: 'secret', name: 'relay-app-secret', endsAt }];
  for (let passed = 0; passed < 75; passed += 1) {
    await world.tell();
    world.clock.advance(day);
  }
  expect(world.told().map(({ type, state }) => [type, state])).toEqual(
    ['soon', 'near', 'urgent', 'over'].map((state) => ['xdr-relay.relay.health', state]),
  );
});

test('each threshold of a connection’s secret is told once, and that it was renewed', async () => {
  const day = 24 * 60 * 60_000;
  const world = await healthWorld(operator({ connectionId: 'own', scope: tenantId }));
  const endsAt = new Date(world.clock.now() + 70 * day).toISOString();
  const auth = { kind: 'bearer' } as const;
  const desk = connectionOf({ auth, secretsEnd: { auth: endsAt, inbound: 'never' } });
  await world.put(desk);
  await world.put(connectionOf({ auth, connectionId: 'untold', hookId: 'b'.repeat(32) }));
  await world.put(connectionOf({ ...desk, scope: '_all', connectionId: 'shared', hookId: 'c'.repeat(32) }));
  for (let passed = 0; passed < 75; passed += 1) {
    await world.tell();
    await world.tell();
    world.clock.advance(day);
  }
  await world.put({ ...desk, secretsEnd: { auth: new Date(world.clock.now() + 365 * day).toISOString() } });
  await world.tell();
  await world.tell();
  const subject = `connectionSecret/${tenantId}/desk/auth`;
  const stages = ['ok', 'soon', 'near', 'urgent', 'over', 'ok'];
  expect(world.told()).toEqual(
    stages.slice(1).map((state, at) => ({ type: 'xdr-relay.relay.health', subject, state, before: stages[at] })),
  );
  const { data } = JSON.parse(world.receiver.taken[0]?.body ?? '') as { data: { reasons: readonly string[] } };
  expect(data.reasons).toEqual([
    expect.stringContaining('auth.secret of the connection desk ends in 60 days'),
    expect.stringContaining(`PUT /tenants/${tenantId}/connections/desk`),
  ]);
});

test('the secret of a connection for all tenants is told to operators of all, as the connection’s own', async () => {
  const secretsEnd = { outbound: '2026-11-01T00:00:00.000Z' };
  const world = await healthWorld(
    operator(),
    operator({ connectionId: 'soar', audience: 'customer', secretsEnd, hookId: 'b'.repeat(32) }),
  );
  await world.tell();
  expect(world.told()).toMatchObject([{ subject: 'connectionSecret/_all/soar/outbound', state: 'over', before: 'ok' }]);
});

test('a connection that goes down, comes back or is switched off is told', async () => {
  const desk = connectionOf();
  const world = await healthWorld(operator(), desk);
  const states = connectionStates(world.connectionsTable);
  await states.update(desk, (state) => ({ ...state, state: 'down', since: '2026-11-20T08:00:00.000Z' }));
  await world.tell();
  await states.update(desk, (state) => ({ ...state, state: 'up' }));
  await world.tell();
  await connectionStore(world.connectionsTable, world.index).disable(desk, 'The receiver is gone.');
  await world.tell();
  expect(world.told().map(({ subject, state }) => [subject, state])).toEqual(
    ['down', 'ok', 'disabled'].map((state) => [`connections/${tenantId}/desk`, state]),
  );
});

test('customers are told nothing, a tenant’s operator of that tenant alone, and an excluded tenant stays untold', async () => {
  const world = await healthWorld(
    operator({ connectionId: 'customer', audience: 'customer' }),
    operator({ connectionId: 'own', scope: tenantId }),
    operator({ connectionId: 'without', excludeTenants: [tenantId] }),
  );
  world.health = { state: 'down', reasons: [], expiring: [] };
  world.ends = [{ what: 'secret', name: 'relay-app-secret', endsAt: '2026-11-21T00:00:00Z' }];
  await world.tell();
  expect(
    world
      .told()
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['xdr-relay.relay.health', 'xdr-relay.tenant.health']);
});

test('what is not taken is kept and sent the next time, in order, under the same id; what is refused is given up', async () => {
  const world = await healthWorld(operator());
  world.receiver.fault = () => {
    throw new UpstreamError('500');
  };
  for (const state of ['degraded', 'down', 'ok'] as const) {
    world.health = { state, reasons: [], expiring: [] };
    expect((await world.tell()).sent).toBe(0);
    world.clock.advance(300_000);
  }
  world.receiver.fault = undefined;
  expect(await world.tell()).toMatchObject({ sent: 3, waiting: 0 });
  expect(world.told().map(({ state }) => state)).toEqual(['degraded', 'down', 'ok']);
  world.receiver.fault = () => {
    throw new TargetError('refused', 'refused', 400);
  };
  world.health = { state: 'down', reasons: [], expiring: [] };
  expect(await world.tell()).toMatchObject({ sent: 0, waiting: 0 });
});

test('without a webhook of operators nothing is looked at', async () => {
  const world = await healthWorld(connectionOf());
  world.health = { state: 'down', reasons: [], expiring: [] };
  expect(await world.tell()).toEqual({ changed: 0, sent: 0, waiting: 0 });
});
