export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing looked at. */
export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** What mends it. */
  readonly cure?: string | undefined;
}

export const fine = (name: string, detail: string): Finding => ({ name, verdict: 'ok', detail });
export const skipped = (name: string, detail: string): Finding => ({ name, verdict: 'skipped', detail });
export const failed = (name: string, detail: string, cure?: string): Finding => ({
  name,
  verdict: 'failed',
  detail,
  cure,
});
