// Runs in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Prints one JSON object.
import { ClientSecretCredential, ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

const { entraUrl, graphUrl, vaultUrl, tenantId, readerClientId, managedIdentityClientId } = JSON.parse(
  process.env.CLOUD,
);

const identity = new ManagedIdentityCredential({ clientId: managedIdentityClientId });
const vault = new SecretClient(vaultUrl, identity, {
  disableChallengeResourceVerification: true,
  retryOptions: { maxRetries: 0 },
});
const failure = (work) =>
  work.then(
    () => 'no failure',
    (error) => ({ name: error.name, code: error.code, statusCode: error.statusCode, message: error.message }),
  );

const { value: secret } = await vault.getSecret('relay-app-secret');
const set = await vault.setSecret('conn-1', 'hello', { contentType: 'text/plain' });
await vault.updateSecretProperties('conn-1', set.properties.version, { enabled: false });
const disabled = await failure(vault.getSecret('conn-1'));
const missing = await failure(vault.getSecret('nothing'));
await (await vault.beginDeleteSecret('conn-1', { intervalInMs: 10 })).pollUntilDone();
await vault.purgeDeletedSecret('conn-1');

const credential = (clientSecret, tenant = tenantId) =>
  new ClientSecretCredential(tenant, readerClientId, clientSecret, {
    authorityHost: entraUrl,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
  });
const scope = 'https://graph.microsoft.com/.default';
const { token, expiresOnTimestamp } = await credential(secret).getToken(scope);
const wrongSecret = await failure(credential('wrong').getToken(scope));
const wrongTenant = await failure(credential(secret, '11111111-1111-4111-8111-111111111111').getToken(scope));

const answer = await fetch(`${graphUrl}/v1.0/security/incidents?$top=50&$expand=alerts`, {
  headers: { authorization: `Bearer ${token}` },
});
const { value } = await answer.json();
const lifeSeconds = Math.round((expiresOnTimestamp - Date.now()) / 1000);
console.log(
  JSON.stringify({
    secret,
    disabled,
    missing,
    wrongSecret,
    wrongTenant,
    lifeSeconds,
    status: answer.status,
    encoding: answer.headers.get('content-encoding'),
    ids: value.map(({ id }) => id),
  }),
);
