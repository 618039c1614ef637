// Runs in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Answers each message of its parent.
import { openIdentity } from '../../../dist/shared/identity/openIdentity.js';
import { endpointsIn } from '../../../dist/shared/config.js';
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

const answer = (reply) => process.connected && process.send(reply);

process.on('message', async ({ id, command, input }) => {
  try {
    answer({ id, value: await commands[command](input) });
  } catch (error) {
    const { name, code, reason, raw, message, retryable, tenantId } = error;
    answer({ id, error: { name, code, reason, raw, message, retryable, tenantId } });
  }
});
answer({ id: 0 });
