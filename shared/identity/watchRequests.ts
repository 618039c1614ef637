import type { ClientSecretCredentialOptions } from '@azure/identity';

export interface RequestWatch {
  readonly policies: NonNullable<ClientSecretCredentialOptions['additionalPolicies']>;
  /** The body of the last answer, where that was a refusal. */
  lastRefusal(): string;
}

const timeoutMs = 30_000;
/** The SDK would sleep for as long as a Retry-After says. */
const longestWaitSeconds = 10;

/**
 * Of a refused discovery MSAL tells only that it failed, so the body in which Entra says why is kept aside. And MSAL knows no time limit:
 * each request gets one here.
 */
export const watchRequests = (): RequestWatch => {
  let body = '';
  return {
    policies: [
      {
        position: 'perRetry',
        policy: {
          name: 'watchRequests',
          sendRequest: async (request, next) => {
            body = '';
            request.timeout = timeoutMs;
            const answer = await next(request);
            if (answer.status >= 400) body = answer.bodyAsText ?? '';
            const wait = answer.headers.get('retry-after');
            if (wait !== undefined && !(Number(wait) <= longestWaitSeconds)) answer.headers.delete('retry-after');
            return answer;
          },
        },
      },
    ],
    lastRefusal: () => body,
  };
};
