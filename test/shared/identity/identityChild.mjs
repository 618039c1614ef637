// Runs in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Answers each message of its parent.
import { openIdentity } from '../../../dist/shared/identity/openIdentity.js';
import { endpointsIn } from '../../../dist/shared/config.js';
import { endpointAccess } from '../../../dist/shared/endpoint/endpointAccess.js';
import { listMachines } from '../../../dist/shared/endpoint/machines.js';
import { hunterFor } from '../../../dist/shared/hunting/hunterFor.js';
import { sourceFor } from '../../../dist/shared/incidents/sourceFor.js';
import { beginning } from '../../../dist/shared/model/time7.js';
import { undiciSend } from '../../../dist/shared/send.js';

let config = JSON.parse(process.env.CONFIG);
let aheadMs = 0;
/** The SDK looks at the clock itself: it has to be moved for all. */
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + aheadMs] : given));
  }
  static now() {
    return RealDate.now() + aheadMs;
  }
};
const clock = { now: () => Date.now(), elapsedMs: () => performance.now() + aheadMs };
const send = undiciSend();
let identity = openIdentity(config, clock, send);

const commands = {
  open: (changes) => {
    config = { ...JSON.parse(process.env.CONFIG), ...changes };
    identity = openIdentity(config, clock, send);
  },
  advance: ({ ms }) => {
    aheadMs += ms;
  },
  getToken: ({ tenant, registration, scope }) => identity.tokens.getToken(tenant, registration, scope),
  onBehalfOf: ({ assertion, tenant, scope }) => identity.userTokens.onBehalfOf(assertion, tenant, scope),
  forget: ({ tenant, registration, scope }) => identity.tokens.forget(tenant, registration, scope),
  forgetTenant: ({ tenantId }) => identity.tokens.forgetTenant(tenantId),
  troubles: () => identity.troubles(),
  getSecret: ({ name }) => identity.tenantVault.getSecret(name),
  setSecret: ({ name, value }) => identity.tenantVault.setSecret(name, value),
  deleteSecret: ({ name }) => identity.tenantVault.deleteSecret(name),
  getCertificate: ({ name }) => identity.tenantVault.getCertificate(name),
  sign: async ({ keyId, digest }) =>
    Buffer.from(await identity.tenantVault.sign(keyId, Buffer.from(digest, 'base64url'))).toString('base64url'),
  read: async ({ tenant }) => {
    const endpoints = endpointsIn(config, tenant.cloud);
    const source = sourceFor({ endpoints, send, tokens: identity.tokens, clock }, tenant, {
      take: () => Promise.resolve(),
    });
    return (await source.listChanged({ from: beginning })).incidents.length;
  },
};

/** Asks an API with a token at hand, as whoever that speaks for. */
const withToken = (tenant, token) => ({
  endpoints: endpointsIn(config, tenant.cloud),
  send,
  tokens: {
    getToken: () => Promise.resolve({ token, tenantId: tenant.tenantId, expiresAtMs: 0 }),
    forget: () => undefined,
  },
  clock,
});
const permits = { take: () => Promise.resolve() };

commands.callWith = async ({ api, tenant, token }) => {
  const deps = withToken(tenant, token);
  if (api === 'mde') return (await listMachines(endpointAccess(deps, tenant, permits))).items.length;
  const source = sourceFor(deps, { ...tenant, backend: api === 'graph' ? 'graph' : 'defender' }, permits);
  return (await source.listChanged({ from: beginning })).incidents.length;
};
commands.huntWith = async ({ api, tenant, token }) => {
  const { graph, defender, mde } = endpointsIn(config, tenant.cloud);
  const deps = { ...withToken(tenant, token), endpoints: { graph, defender, mde } };
  const hunter = hunterFor(deps, tenant, permits, api === 'mtp' ? 'defender' : api);
  return (await hunter.hunt('DeviceInfo | take 1')).rows.length;
};

const answer = (reply) => process.connected && process.send(reply);

process.on('message', async ({ id, command, input }) => {
  try {
    answer({ id, value: await commands[command](input) });
  } catch (error) {
    const { name, code, reason, raw, message, retryable, tenantId, challenge, scopes, link, fields } = error;
    const told = { name, code, reason, raw, message, retryable, tenantId, challenge, scopes, link, fields };
    answer({ id, error: told });
  }
});
answer({ id: 0 });
