import type { ClientSecretCredentialOptions } from '@azure/identity';

export interface RefusalWatch {
  readonly policies: NonNullable<ClientSecretCredentialOptions['additionalPolicies']>;
  /** The body of the last answer, where that was a refusal. */
  last(): string;
}

/** Of a refused discovery MSAL tells only that it failed, so the body in which Entra says why is kept aside. */
export const watchRefusals = (): RefusalWatch => {
  let body = '';
  return {
    policies: [
      {
        position: 'perRetry',
        policy: {
          name: 'watchRefusals',
          sendRequest: async (request, next) => {
            body = '';
            const answer = await next(request);
            if (answer.status >= 400) body = answer.bodyAsText ?? '';
            return answer;
          },
        },
      },
    ],
    last: () => body,
  };
};
