/** Stands in for `@azure/functions` in a worker without a host: nobody asks it to end, it is killed. */
export const app = { hook: { appTerminate: (): void => undefined } };
