/** The app cannot be hosted. `faults` names everything that is wrong, one line each. */
export class AppRefusedError extends Error {
  readonly code = 'APP_REFUSED';

  constructor(
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`The app was refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, options);
    this.name = 'AppRefusedError';
  }
}
