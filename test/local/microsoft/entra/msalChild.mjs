// A process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. Each message is one thing to do with the real libraries;
// what a person must do meanwhile is sent to the parent.
import { OnBehalfOfCredential } from '@azure/identity';
import { PublicClientApplication } from '@azure/msal-node';
import { once } from 'node:events';

const { entraUrl, cliClientId } = JSON.parse(process.env.CLOUD);
const clients = new Map();

function clientOf(tenant) {
  if (!clients.has(tenant)) {
    const auth = {
      clientId: cliClientId,
      authority: `${entraUrl}/${tenant}`,
      knownAuthorities: [new URL(entraUrl).host],
    };
    clients.set(tenant, new PublicClientApplication({ auth }));
  }
  return clients.get(tenant);
}

const shown = (result) => ({
  accessToken: result.accessToken,
  scopes: result.scopes,
  account: { ...result.account, idToken: undefined },
  idTokenClaims: result.idTokenClaims,
  fromCache: result.fromCache,
});

const work = {
  deviceCode: async ({ tenant, scopes, person }) =>
    shown(
      await clientOf(tenant).acquireTokenByDeviceCode({
        scopes,
        deviceCodeCallback: ({ userCode, verificationUri, message, expiresIn, interval }) =>
          process.send({ person, userCode, verificationUri, message, expiresIn, interval }),
      }),
    ),
  browser: async ({ tenant, scopes, person, loginHint }) =>
    shown(
      await clientOf(tenant).acquireTokenInteractive({
        scopes,
        ...(loginHint === undefined ? {} : { loginHint }),
        openBrowser: async (url) => {
          process.send({ person, url });
          // The library listens at its redirect address: the parent hands the browser's last step back.
          const [{ location }] = await once(process, 'message');
          await fetch(location);
        },
      }),
    ),
  silent: async ({ tenant, scopes, username, forceRefresh, authority }) => {
    const client = clientOf(tenant);
    const account = (await client.getAllAccounts()).find((each) => each.username === username);
    const elsewhere = authority === undefined ? {} : { authority: `${entraUrl}/${authority}` };
    return shown(await client.acquireTokenSilent({ account, scopes, forceRefresh, ...elsewhere }));
  },
  onBehalfOf: async ({ tenantId, clientId, clientSecret, userAssertionToken, scopes }) => {
    const credential = new OnBehalfOfCredential({
      ...{ tenantId, clientId, clientSecret, userAssertionToken },
      authorityHost: entraUrl,
      disableInstanceDiscovery: true,
      retryOptions: { maxRetries: 0 },
    });
    return { accessToken: (await credential.getToken(scopes)).token };
  },
};

process.on('message', async ({ id, name, input }) => {
  if (name === undefined) return;
  try {
    process.send({ id, value: await work[name](input) });
  } catch (error) {
    const { errorCode, errorMessage, message, subError, claims } = error;
    process.send({ id, error: { name: error.name, errorCode, errorMessage, message, subError, claims } });
  }
});
process.send({ ready: true });
