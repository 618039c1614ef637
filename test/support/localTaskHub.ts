import '../shared/http/quietTestMode';
import { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { getClient, input } from 'durable-functions';
import type { AppFunction } from '../../local/host/appFunction';
import type { Engine } from '../../local/host/durable/engine';
import { createEngine } from '../../local/host/durable/engine';
import { startRpcServer } from '../../local/host/durable/rpcServer';

export interface LocalTaskHub {
  readonly engine: Engine;
  /** The SDK's own, over HTTP. */
  readonly client: DurableClient;
  stop(): Promise<void>;
}

/**
 * The local Durable engine behind its HTTP side, with orchestrators of these names: `hangs` ones wait for ever, others end at once. None
 * does anything else.
 */
export const startLocalTaskHub = async (
  names: readonly string[],
  hangs: (name: string) => boolean,
): Promise<LocalTaskHub> => {
  const rpc = await startRpcServer('TestHub', () => undefined);
  const engine = createEngine({
    functions: names.map(orchestratorCalled),
    options: { hubName: 'TestHub', maxConcurrentActivityFunctions: 1, maxConcurrentOrchestratorFunctions: 1 } as never,
    invoke: ({ name }) => {
      const state = { isDone: !hangs(name), actions: [[]], output: null, schemaVersion: 3 };
      return Promise.resolve({ returnValue: { json: JSON.stringify(state) } } as never);
    },
    log: () => undefined,
    stats: { activity: () => undefined, replay: () => undefined } as never,
  });
  rpc.serve(engine);
  const clientInput = input.durableClient();
  const context = new InvocationContext({ functionName: 'test', options: { extraInputs: [clientInput] } });
  context.extraInputs.set(clientInput, JSON.parse(rpc.clientBinding));
  return {
    engine,
    client: getClient(context),
    stop: async () => {
      engine.stop();
      await rpc.close();
    },
  };
};

const orchestratorCalled = (name: string): AppFunction =>
  ({
    name,
    metadata: {},
    callback: () => undefined,
    trigger: { name: 'context', type: 'orchestrationtrigger', options: {} },
    inputs: [],
    outputs: [],
  }) as unknown as AppFunction;
