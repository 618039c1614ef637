import { AsyncLocalStorage } from 'node:async_hooks';

interface Call {
  assertion?: Promise<string>;
  failure?: unknown;
}

const calls = new AsyncLocalStorage<Call>();

/** One token request: throws what making its assertion threw, of which MSAL would leave the message only. */
export const tokenCall = async <T>(work: () => Promise<T>): Promise<T> => {
  const call: Call = {};
  try {
    return await calls.run(call, work);
  } catch (error) {
    throw call.failure ?? error;
  }
};

/** MSAL asks for an assertion more than once a token and sends one: each token request has one made. */
export const oneAssertion = (make: () => Promise<string>): (() => Promise<string>) => {
  const note = (call: Call, error: unknown): never => {
    call.failure = error;
    throw error;
  };
  return () => {
    const call = calls.getStore();
    if (call === undefined) return make();
    call.assertion ??= make().catch((error: unknown) => note(call, error));
    return call.assertion;
  };
};
