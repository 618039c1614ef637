import '../shared/http/quietTestMode';
import type { InvocationContext } from '@azure/functions';
import { app as functionsApp } from '@azure/functions';
import type { ActivityHandler, OrchestrationHandler, Task } from 'durable-functions';
import { app as durableApp } from 'durable-functions';

/** What the host calls; of an orchestration this is the SDK's own executor around the generator. */
export type HostHandler = (trigger: unknown, context: InvocationContext) => Promise<unknown>;

export interface Registered {
  /** By name, everything registered while loading. */
  readonly host: ReadonlyMap<string, HostHandler>;
  readonly orchestrators: ReadonlyMap<string, OrchestrationHandler>;
  readonly activities: ReadonlyMap<string, ActivityHandler>;
}

/** Loads function files as the host does, and keeps what they register. */
export const registeredBy = (load: () => void): Registered => {
  const generic = jest.spyOn(functionsApp, 'generic');
  const orchestration = jest.spyOn(durableApp, 'orchestration');
  const activity = jest.spyOn(durableApp, 'activity');
  try {
    load();
    return {
      host: new Map(generic.mock.calls.map(([name, { handler }]) => [name, handler as HostHandler])),
      orchestrators: new Map(
        orchestration.mock.calls.map(([name, given]) => [name, typeof given === 'function' ? given : given.handler]),
      ),
      activities: new Map(activity.mock.calls.map(([name, { handler }]) => [name, handler])),
    };
  } finally {
    for (const spy of [generic, orchestration, activity]) spy.mockRestore();
  }
};

/** What a task asks of the host, as it travels there. */
export const actionOf = (task: Task): unknown => {
  const { actionObj } = task as Task & { readonly actionObj: unknown };
  return JSON.parse(JSON.stringify(actionObj)) as unknown;
};
