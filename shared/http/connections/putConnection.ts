import { randomBytes } from 'node:crypto';
import { RequestError } from '../../errors';
import type { Connection, SecretKind } from '../../model/connection';
import type { ConnectionBody } from './connectionRequest';
import type { Audit } from './connectionAudit';
import { connectionChange } from './connectionAudit';
import { connectionFromBody } from './connectionFromBody';
import { planSecrets, secretFaults } from './connectionSecretRules';
import type { Place } from './pathConnection';
import type { HttpServices } from '../services';

type Putting = Pick<HttpServices, 'connections' | 'connectionSecrets' | 'clock' | 'config' | 'storage' | 'tools'>;

/** Runs under way know the targets of half a minute ago, and last four at the most: what they stored unannounced is found then. */
const onceMoreMs = 5 * 60_000;

/** A tenant with more tools than this has met a script that loops. */
const mostOfScope = 100;

/**
 * Makes a connection or replaces it. Its secrets go to the vault before the row tells of them, so that asking again repairs what broke
 * off; what the vault holds and nothing uses any more is deleted after.
 * @throws RequestError with all faults at once · AuthError · UpstreamError (the vault)
 */
export const putConnection = async (
  services: Putting,
  { scope, connectionId }: Place,
  body: ConnectionBody,
  audit: Audit,
): Promise<{ readonly connection: Connection; readonly isNew: boolean }> => {
  const { connections, connectionSecrets, clock, config, storage, tools } = services;
  const before = await connections.get(scope, connectionId);
  const now = new Date(clock.now()).toISOString();
  const asked = connectionFromBody({ scope, connectionId, before }, body, { config, tools, now, newHookId });
  const given = secretsIn(body);
  const { plan, faults } = planSecrets(asked, before, given, endsIn(body));
  const all = [...secretFaults(asked, given), ...faults];
  if (all.length > 0) throw new RequestError('The body is not valid.', all);
  if (before === undefined) await assertRoom(services, scope);

  const put = Object.keys(plan.put) as SecretKind[];
  const times = put.map((kind) => [kind, now] as const);
  const kept = plan.keep.map((kind) => [kind, before?.secretsSetAt?.[kind]] as const);
  const secretsSetAt = Object.fromEntries([...kept, ...times]);
  const connection: Connection = { ...asked, secretsSetAt, secretsEnd: plan.ends };
  return audit('connection.put', connectionChange(before, connection, put), async () => {
    await connectionSecrets.put(connection, plan.put);
    const isNew = await connections.put(connection);
    if (plan.drop.length > 0) await connectionSecrets.delete(connection, plan.drop);
    // What is stored and wanted (`backlog`, a `since` in the past) is announced page by page, elsewhere.
    if (connection.enabled) {
      await storage.deliverQueue.send({ announce: { scope, connectionId } });
      await storage.deliverQueue.send({ announce: { scope, connectionId } }, { delayMs: onceMoreMs });
    }
    return { connection, isNew };
  });
};

/** 128 bits. */
const newHookId = (): string => randomBytes(16).toString('hex');

const secretsIn = ({ auth, inbound, outbound }: ConnectionBody): Readonly<Partial<Record<SecretKind, string>>> =>
  Object.fromEntries(
    Object.entries({ auth: auth?.secret, inbound: inbound.secret, outbound: outbound.secret }).filter(
      ([, secret]) => secret !== undefined,
    ),
  );

const endsIn = ({ auth, inbound, outbound }: ConnectionBody) => ({
  auth: auth?.expires,
  inbound: inbound.expires,
  outbound: outbound.expires,
});

const assertRoom = async ({ connections }: Putting, scope: string): Promise<void> => {
  if ((await connections.ofScope(scope)).length < mostOfScope) return;
  throw new RequestError(`There are ${mostOfScope} connections already: delete one that is not used.`);
};
