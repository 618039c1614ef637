/** Where a durable client finds the engine; both addresses are on the host's own loopback server. */
export interface ClientAddress {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly origin: string;
  readonly hubName: string;
  /** The system key the management URLs carry. */
  readonly code: string;
}

export const rpcPrefix = '/durabletask/';
export const webhookPrefix = '/runtime/webhooks/durabletask/';

/** The data of a `durableClient` input binding: every SDK call goes to `rpcBaseUrl`, the rest is for management URLs. */
export function toClientBinding({ origin, hubName, code }: ClientAddress): string {
  const base = `${origin}${webhookPrefix}`;
  const query = `taskHub=${hubName}&connection=Storage&code=${code}`;
  const instance = `${base}instances/INSTANCEID`;
  return JSON.stringify({
    taskHubName: hubName,
    creationUrls: {
      createNewInstancePostUri: `${base}orchestrators/{functionName}[/{instanceId}]?code=${code}`,
      createAndWaitOnNewInstancePostUri: `${base}orchestrators/{functionName}[/{instanceId}]?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&code=${code}`,
    },
    managementUrls: {
      id: 'INSTANCEID',
      statusQueryGetUri: `${instance}?${query}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
      terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
      rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
      purgeHistoryDeleteUri: `${instance}?${query}`,
      restartPostUri: `${instance}/restart?${query}`,
      suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
      resumePostUri: `${instance}/resume?reason={text}&${query}`,
    },
    baseUrl: base.slice(0, -1),
    requiredQueryStringParameters: `code=${code}`,
    rpcBaseUrl: `${origin}${rpcPrefix}`,
  });
}
