import { AppError, ConfigError } from '../shared/errors';

export interface FailureDetails {
  /** Ours, the relay's, or what the other side said (`AADSTS50057`). */
  readonly code?: string | undefined;
  /** One sentence a person can act on. */
  readonly cure?: string | undefined;
  readonly link?: string | undefined;
  readonly cause?: unknown;
  /** 2: the command was written wrongly, default 1. */
  readonly exitCode?: 1 | 2;
}

/** Why a command ends without its answer, in words for whoever typed it. Never holds a token or a secret. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string | undefined;
  readonly cure: string | undefined;
  readonly link: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(message: string, { code, cure, link, cause, exitCode = 1 }: FailureDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.cure = cure;
    this.link = link;
    this.exitCode = exitCode;
  }
}

/** A command written wrongly, where the parser cannot know it. */
export const usageFailure = (message: string, cure?: string): Failure => new Failure(message, { cure, exitCode: 2 });

/** Anything thrown as what is told. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  if (error instanceof ConfigError)
    return new Failure('The settings are not usable.', { code: error.code, cure: listed(error.faults), cause: error });
  if (error instanceof AppError) return new Failure(error.message, { code: error.code, cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(`Something unexpected happened: ${message}`, {
    code: 'ERR_INTERNAL',
    cure: 'Run it again with XDR_RELAY_DEBUG=1 to see where, and report it.',
    cause: error,
  });
};

const listed = (faults: readonly string[]): string => faults.map((fault) => `- ${fault}`).join('\n');
