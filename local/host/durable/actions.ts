/** What an orchestrator answers, as durable-functions 3.5 writes it in schema V4. */
export interface OrchestratorState {
  readonly isDone: boolean;
  /** One inner list: every top-level action since the start. */
  readonly actions: readonly (readonly Action[])[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
}

export interface RetryPolicy {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  WhenAny: 11,
  WhenAll: 12,
} as const;

const unsupported: Readonly<Record<number, string>> = {
  7: 'callEntity',
  8: 'callHttp',
  9: 'signalEntity',
  10: 'signalEntity (scheduled)',
  13: 'lock',
  14: 'release of a lock',
};

export type Action =
  | { readonly actionType: 0; readonly functionName: string; readonly input?: unknown }
  | {
      readonly actionType: 1;
      readonly functionName: string;
      readonly input?: unknown;
      readonly retryOptions: RetryPolicy;
    }
  | {
      readonly actionType: 2;
      readonly functionName: string;
      readonly instanceId?: string;
      readonly version?: string;
      readonly input?: unknown;
    }
  | {
      readonly actionType: 3;
      readonly functionName: string;
      readonly instanceId?: string;
      readonly version?: string;
      readonly input?: unknown;
      readonly retryOptions: RetryPolicy;
    }
  | { readonly actionType: 4; readonly input?: unknown }
  | { readonly actionType: 5; readonly fireAt: string; readonly isCanceled: boolean }
  | { readonly actionType: 6; readonly externalEventName: string }
  | { readonly actionType: 11 | 12; readonly compoundActions: readonly Action[] };

/** The name of the first action this engine cannot carry out, however deep it stands. */
export function findUnsupported(actions: readonly Action[]): string | undefined {
  for (const action of actions) {
    if (Object.values<number>(ActionType).includes(action.actionType)) {
      const inner = 'compoundActions' in action ? findUnsupported(action.compoundActions) : undefined;
      if (inner !== undefined) return inner;
    } else {
      return unsupported[action.actionType] ?? `action ${action.actionType}`;
    }
  }
  return undefined;
}

/**
 * An action's input as the JSON text that travels. The SDK has already put a text into JSON, so a string is taken as
 * it stands; that is also why a sub-orchestration's bare text input arrives as no JSON at all, as in the real host.
 */
export function inputText(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input ?? null);
}

const label = '$OutOfProcData$:';

/**
 * The state an orchestrator answered or threw: a failing one throws an error whose message carries it after a label.
 * undefined if the thrown text carries none.
 */
export function stateFromFailure(message: string): OrchestratorState | undefined {
  const at = message.indexOf(label);
  if (at < 0) return undefined;
  return JSON.parse(message.slice(at + label.length)) as OrchestratorState;
}
