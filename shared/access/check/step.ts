import type { AppError, ErrorCode } from '../../errors';

/** In the order they are climbed; `role` is a person's in Defender, `hunt` is made where hunting is granted. */
export type StepName = 'registration' | 'consent' | 'token' | 'claims' | 'role' | 'licence' | 'read' | 'hunt';

/** One rung of the ladder as it is told; every key always there. */
export interface Step {
  readonly step: StepName;
  /** Null: not tried, and `cause` says why. */
  readonly ok: boolean | null;
  /** Ours. */
  readonly code: ErrorCode | null;
  /** A word for programs. */
  readonly reason: string | null;
  /** What the other side said (`AADSTS700016`, `403 Forbidden`). */
  readonly raw: string | null;
  readonly cause: string | null;
  /** One sentence. */
  readonly cure: string | null;
  readonly link: string | null;
}

/** What went wrong on a rung, or what is worth knowing though it held. */
export interface Finding {
  readonly code: ErrorCode | null;
  readonly reason: string;
  readonly raw: string | null;
  readonly cause: string;
  readonly cure: string | null;
  readonly link: string | null;
  /** What was thrown, for the access state. */
  readonly error?: AppError;
}

/** A rung that was tried: it held, held with a remark, failed, or says nothing (`null`). */
export interface Settled {
  readonly step: StepName;
  readonly ok: boolean | null;
  readonly finding?: Finding;
}

export const held = (step: StepName, finding?: Finding): Settled => ({
  step,
  ok: true,
  ...(finding === undefined ? {} : { finding }),
});
export const failed = (step: StepName, finding: Finding): Settled => ({ step, ok: false, finding });
export const unknown = (step: StepName, cause: string): Settled => ({
  step,
  ok: null,
  finding: { code: null, reason: 'unknown', raw: null, cause, cure: null, link: null },
});

export const toStep = ({ step, ok, finding }: Settled): Step => ({
  step,
  ok,
  code: finding?.code ?? null,
  reason: finding?.reason ?? null,
  raw: finding?.raw ?? null,
  cause: finding?.cause ?? null,
  cure: finding?.cure ?? null,
  link: finding?.link ?? null,
});
