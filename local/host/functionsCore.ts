import type { FunctionCallback, FunctionMetadata, ProgrammingModel, RpcLogLevel } from './rpc';

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

export type HookContext = Record<string, unknown>;
type Hook = (context: HookContext) => unknown;
type LogSink = (level: RpcLogLevel, category: string, message: string) => void;

const hookNames = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;
export type HookName = (typeof hookNames)[number];

const hooks: Record<HookName, Hook[]> = {
  preInvocation: [],
  postInvocation: [],
  appStart: [],
  appTerminate: [],
  log: [],
};
const functions = new Map<string, RegisteredFunction>();
const registrationFaults: string[] = [];
let programmingModel: ProgrammingModel | undefined;
let registrationOpen = true;
let logSink: LogSink = () => undefined;

class Disposable {
  readonly #onDispose: () => unknown;

  constructor(onDispose: () => unknown) {
    this.#onDispose = onDispose;
  }

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): unknown {
    return this.#onDispose();
  }
}

function isHookName(name: string): name is HookName {
  return (hookNames as readonly string[]).includes(name);
}

function closed(what: string): Error {
  return new Error(`A ${what} can only be registered during app startup.`);
}

/**
 * Stands in for the module `@azure/functions-core`, which the real worker injects and no registry carries.
 * One app lives in a process, as in the worker, so the state belongs to this file.
 */
export const functionsCore = {
  version: '3.12.0',
  hostVersion: '4.1048.200.1',
  Disposable,

  log(level: RpcLogLevel, category: string, message: string): void {
    logSink(level, category, message);
  },

  setProgrammingModel(model: ProgrammingModel): void {
    if (!registrationOpen) throw closed('programming model');
    programmingModel = model;
  },

  getProgrammingModel(): ProgrammingModel | undefined {
    return programmingModel;
  },

  registerHook(name: string, callback: Hook): Disposable {
    if (!isHookName(name)) throw new RangeError(`Unrecognized hook "${name}"`);
    hooks[name].push(callback);
    return new Disposable(() => {
      hooks[name] = hooks[name].filter((hook) => hook !== callback);
    });
  },

  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (!registrationOpen) throw closed('function');
    const id = metadata.functionId ?? metadata.name;
    if (functions.has(id)) {
      // Kept as well as thrown: an app that catches the throw is refused all the same.
      registrationFaults.push(`${metadata.name}: the name is used by two functions.`);
      throw new Error(`A function with id "${id}" has already been registered.`);
    }
    functions.set(id, { metadata, callback });
    return new Disposable(() => {
      if (!registrationOpen) throw closed('function');
      functions.delete(id);
    });
  },
};

/** Ends the registration: what is registered from now on throws. Answers what was registered, and what went wrong. */
export function closeRegistration(): {
  functions: RegisteredFunction[];
  faults: string[];
  model: ProgrammingModel | undefined;
} {
  registrationOpen = false;
  return { functions: [...functions.values()], faults: [...registrationFaults], model: programmingModel };
}

export function isRegistrationOpen(): boolean {
  return registrationOpen;
}

export function setLogSink(sink: LogSink): void {
  logSink = sink;
}

/** Runs the hooks of one kind in the order of their registration; the first throw ends it. */
export async function runHooks(name: HookName, context: HookContext): Promise<void> {
  for (const hook of hooks[name]) await hook(context);
}

/** Log hooks may change level and message of a user line; they run before the line is written and never wait. */
export function runLogHooks(context: HookContext): void {
  for (const hook of hooks.log) hook(context);
}
