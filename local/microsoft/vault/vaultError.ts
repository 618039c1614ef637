/** A refusal of the vault. */
export class VaultError extends Error {
  override readonly name = 'VaultError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly innerCode?: string,
  ) {
    super(message);
  }
}
