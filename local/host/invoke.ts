import { randomBytes, randomUUID } from 'node:crypto';
import type { AppFunction } from './appFunction';
import { functionsCore, runHooks, runLogHooks } from './functionsCore';
import { toLogLevel, type LogLevel, type WriteLog } from './log';
import type {
  CoreInvocationContext,
  InvocationResponse,
  ProgrammingModel,
  RetryContext,
  RpcLogLevel,
  TypedData,
} from './rpc';
import { describeThrown } from './thrown';

export interface Call {
  readonly trigger: TypedData;
  readonly triggerMetadata?: Readonly<Record<string, TypedData>>;
  readonly retryContext?: RetryContext;
  /** W3C trace context of the caller; a new one is made without it. */
  readonly traceParent?: string;
}

/** A function threw or timed out. Message and stack are the function's own; nothing else crosses to the host. */
export class InvocationError extends Error {
  constructor(message: string, stack: string) {
    super(message);
    this.name = 'InvocationError';
    if (stack !== '') this.stack = stack;
  }
}

/** @throws InvocationError */
export type Invoke = (target: AppFunction, call: Call) => Promise<InvocationResponse>;

export interface Invocations {
  readonly invoke: Invoke;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

export interface InvocationSetup {
  readonly model: ProgrammingModel;
  readonly log: WriteLog;
  /** undefined is "no limit". */
  readonly functionTimeoutMs: number | undefined;
  /** Data of an in binding beside the trigger, by its type in lower case. */
  inputData(type: string): TypedData;
  /** Sends what a function put into its out bindings, `http` ones excepted. */
  deliver(target: AppFunction, response: InvocationResponse): Promise<void>;
}

/** Runs functions in the order of steps of the Node worker: arguments, hooks, handler, hooks, answer. */
export function createInvocations(setup: InvocationSetup): Invocations {
  const running = new Set<Promise<unknown>>();
  const invoke: Invoke = async (target, call) => {
    const work = limitTime(invokeOnce(setup, target, call), target, setup);
    running.add(work);
    try {
      const response = await work;
      await setup.deliver(target, response);
      return response;
    } catch (error) {
      if (error instanceof InvocationError) throw error;
      const { message, stack } = describeThrown(error);
      throw new InvocationError(message, stack);
    } finally {
      running.delete(work);
    }
  };
  return {
    invoke,
    idle: async () => {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

async function invokeOnce(setup: InvocationSetup, target: AppFunction, call: Call): Promise<InvocationResponse> {
  const core = createCoreContext(setup, target, call);
  const model = setup.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  const shared = { hookData: {}, invocationContext: context };
  core.logContext.current = context;

  core.state = 'preInvocationHooks';
  const before = { ...shared, inputs, functionCallback: target.callback };
  await runHooks('preInvocation', before);

  core.state = 'invocation';
  const after: { result: unknown; error: unknown } & typeof shared & { inputs: unknown[] } = {
    ...shared,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  core.state = 'postInvocationHooks';
  await runHooks('postInvocation', after);
  core.state = undefined;

  // The worker looks at the value only: `throw undefined` and `throw null` pass as success with no result.
  if (after.error !== undefined && after.error !== null) throw toInvocationError(after.error);
  return model.getResponse(context, after.result);
}

function toInvocationError(thrown: unknown): InvocationError {
  if (thrown instanceof Error && Object.isFrozen(thrown)) crash(thrown);
  const { message, stack } = describeThrown(thrown);
  return new InvocationError(message, stack);
}

/** The worker writes to the error it reports; on a frozen one that throws outside of any try and ends the process. */
function crash(frozen: Error): void {
  setImmediate(() => {
    throw new TypeError(`Cannot report a frozen error: ${frozen.message}`, { cause: frozen });
  });
}

function createCoreContext(setup: InvocationSetup, target: AppFunction, call: Call) {
  const invocationId = randomUUID();
  const logContext: { current: unknown } = { current: undefined };
  const core: CoreInvocationContext = {
    invocationId,
    metadata: target.metadata,
    state: undefined,
    request: {
      invocationId,
      functionId: target.metadata.functionId ?? target.name,
      inputData: [
        { name: target.trigger.name, data: call.trigger },
        ...target.inputs.map(({ name, type }) => ({ name, data: setup.inputData(type) })),
      ],
      triggerMetadata: call.triggerMetadata ?? {},
      traceContext: { traceParent: call.traceParent ?? newTraceParent(), traceState: '', attributes: {} },
      retryContext: call.retryContext ?? null,
    },
    log(level, category, message) {
      writeAppLine(setup.log, target.name, { level, category, message, invocationContext: logContext.current });
    },
  };
  return Object.assign(core, { logContext });
}

interface AppLine extends Record<string, unknown> {
  level: RpcLogLevel;
  message: string;
  readonly category: string;
  readonly invocationContext?: unknown;
}

/** Writes a line of the app after its log hooks had a look; they may change level and text of user lines only. */
export function writeAppLine(log: WriteLog, functionName: string | undefined, line: AppLine): void {
  const hooked: AppLine = { ...line, hookData: {} };
  runLogHooks(hooked);
  const { level, message } = line.category === 'user' ? hooked : line;
  const category =
    functionName === undefined ? 'Worker' : `Function.${functionName}${line.category === 'user' ? '.User' : ''}`;
  log(toHostLevel(level), category, message, functionName);
}

function toHostLevel(level: RpcLogLevel): LogLevel {
  return toLogLevel(level) ?? 'Information';
}

function newTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

/**
 * The real host restarts its worker on a timeout and so fails every other call in it too; here only the call that
 * took too long fails, and its late result is dropped.
 */
async function limitTime<T>(
  work: Promise<T>,
  target: AppFunction,
  { functionTimeoutMs, log }: InvocationSetup,
): Promise<T> {
  if (functionTimeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `Timeout value of ${functionTimeoutMs / 1000} s was exceeded by function: ${target.name}`;
      log('Error', `Host.Invocation`, message, target.name);
      reject(new InvocationError(message, ''));
    }, functionTimeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The model that the app's library registered, its set-up closed as the worker closes it. */
export async function lockModel(): Promise<string[]> {
  const capabilities = (await functionsCore.getProgrammingModel()?.getCapabilities?.({})) ?? {};
  return capabilities.HttpUri === undefined
    ? []
    : ['local/host does not support app.setup({ enableHttpStream: true }).'];
}
