import type { Resource } from './resources';

/** Of one resource, what a caller asks for in the name of a user. */
export interface Wanted {
  readonly resource: Resource;
  /** Delegated permissions asked by name. */
  readonly names: readonly string[];
  /** `/.default`: whatever is granted. */
  readonly whole: boolean;
}

export interface AskedScopes {
  readonly openid: boolean;
  readonly offlineAccess: boolean;
  /** In the order they were first named. */
  readonly wanted: readonly Wanted[];
}
