import type { BindingInfo, FunctionCallback, FunctionMetadata } from './rpc';

/** A registered function whose bindings were checked and whose `%SETTING%`s are resolved. */
export interface AppFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  readonly trigger: NamedBinding;
  /** In bindings beside the trigger. */
  readonly inputs: readonly NamedBinding[];
  /** Out bindings; the return value's is called `$return`. */
  readonly outputs: readonly NamedBinding[];
}

export interface NamedBinding {
  readonly name: string;
  /** Lower case: the host compares types without case. */
  readonly type: string;
  readonly options: BindingInfo;
}

export function ofTrigger(functions: readonly AppFunction[], type: string): AppFunction[] {
  return functions.filter((candidate) => candidate.trigger.type === type.toLowerCase());
}

/** A text option of a binding, undefined if it is absent or no text. */
export function textOption(binding: NamedBinding, option: string): string | undefined {
  const value = binding.options[option];
  return typeof value === 'string' ? value : undefined;
}
