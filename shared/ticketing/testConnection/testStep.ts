import type { ErrorCode, TargetReason } from '../../errors';
import { AppError, TargetError } from '../../errors';

export type TestStepName =
  'secret' | 'account' | 'create' | 'find' | 'comment' | 'update' | 'resolve' | 'send' | 'webhook';

/** One step of the test as it is told; every key always there. */
export interface TestStep {
  readonly step: TestStepName;
  /** Null: not tried, or it proves nothing; `cause` says why. */
  readonly ok: boolean | null;
  /** Ours. */
  readonly code: ErrorCode | null;
  /** What was found: an account, a ticket's number. */
  readonly detail: string | null;
  readonly cause: string | null;
  /** What to do. */
  readonly cure: string | null;
}

export const held = (step: TestStepName, detail: string | null = null): TestStep => ({
  ...{ step, ok: true, code: null, detail },
  ...{ cause: null, cure: null },
});

export const notTried = (step: TestStepName, cause: string, cure: string | null = null): TestStep => ({
  ...{ step, ok: null, code: null, detail: null },
  ...{ cause, cure },
});

export const failed = (step: TestStepName, cause: string, cure: string, code: ErrorCode | null = null): TestStep => ({
  ...{ step, ok: false, code, detail: null },
  ...{ cause, cure },
});

/** Throws again what nobody raised on purpose: that is a fault of ours, not of the connection. */
export const failedBy = (step: TestStepName, error: unknown): TestStep => {
  if (!(error instanceof AppError)) throw error;
  return failed(step, error.message, cureOf(step, error), error.code);
};

const cureOf = (step: TestStepName, error: AppError): string => {
  if (error instanceof TargetError) return cureByReason[error.reason];
  if (step === 'secret') return 'Put the secret again (auth.secret), or look at health/ready: the vault may be away.';
  return cureByCode[error.code] ?? 'Try again; if it stays, the log of the relay says more.';
};

const page = 'the page of the tool in docs/connectors';

const cureByReason: Readonly<Record<TargetReason, string>> = {
  refused: `Compare url and mapping.settings with ${page}, and the fields the tool wants in every ticket with mapping.fields.`,
  tooLarge: 'Shorten mapping.description or mapping.fields.',
  gone: 'The address answers that it is switched off for good: put the one that is in use now.',
  credential: `Compare the account, its secret and its rights with ${page}.`,
  ticketGone: `The account cannot see the ticket it made: compare its rights with ${page}.`,
  ticketClosed: 'A rule of the tool closed the ticket: exempt the account from it.',
  address: 'Put an https address that is reached over the public Internet, as the tool itself names it.',
};

const cureByCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_THROTTLED: 'The tool asks to wait: try again in some minutes.',
  ERR_UPSTREAM: 'The tool did not answer, or not well: is url right, and is the tool up?',
  ERR_CONTRACT: 'The answer is not one of this tool: is url its API, and not a page for people or a proxy?',
  ERR_AUTH: 'Put the secret again: the vault has none, or does not give it to the relay.',
};
