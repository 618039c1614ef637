// Runs in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Answers each message of its parent.
import { appSecret } from '../../../dist/shared/identity/appSecret.js';
import { keyVault } from '../../../dist/shared/identity/keyVault.js';
import { secretTokenProvider } from '../../../dist/shared/identity/tokenProvider.js';

const { url, managedIdentityClientId, authority, clientId, secretName } = JSON.parse(process.env.CLOUD);

let aheadMs = 0;
const clock = { now: () => Date.now() + aheadMs, elapsedMs: () => performance.now() + aheadMs };
const vault = keyVault({ url, managedIdentityClientId, anyChallengeHost: true });
const secret = appSecret(vault, secretName, clock);
const tokens = secretTokenProvider({ clientId, authority, authorityOverridden: true, secret, clock });

const commands = {
  getToken: ({ tenantId, scope }) => tokens.getToken(tenantId, scope),
  forget: ({ tenantId, scope }) => tokens.forget(tenantId, scope),
  getSecret: ({ name }) => vault.getSecret(name),
  advance: ({ ms }) => {
    aheadMs += ms;
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
