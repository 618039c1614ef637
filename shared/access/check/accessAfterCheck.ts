import { ThrottledError } from '../../errors';
import type { Access } from '../../model/access';
import { accessAfterFailure, accessInPart, accessWhenWhole } from '../accessAfter';
import type { Registration } from '../cures';
import type { Finding, Settled } from './step';

/** What a ladder of one registration came to. */
export interface Judged {
  readonly settled: readonly Settled[];
  readonly registration: Registration;
}

/** Access of the registration that a tenant is read with, after its ladder was climbed; the same object where nothing new is known. */
export const accessAfterCheck = (
  before: Access,
  { settled, registration }: Judged,
  tenantId: string,
  nowMs: number,
): Access => {
  const refusal = refusalIn(settled);
  if (refusal?.error !== undefined) {
    const after = accessAfterFailure(before, refusal.error, tenantId, registration, nowMs);
    // The ladder knows by name what is not granted.
    return after.state === 'blocked' && after !== before ? { ...after, cure: refusal.cure, link: refusal.link } : after;
  }
  if (!isRead(settled)) return before;
  const remark = remarkIn(settled);
  return remark === undefined ? accessWhenWhole(before, nowMs) : accessInPart(before, remark, nowMs);
};

/**
 * Access of a registration that is used beside it, through one API or several: `partial` where one of them is refused. One that was never
 * granted anything stays untold: nobody asked this tenant for it. A wait that an API asks for is not kept here; it binds that API alone.
 */
export const accessBesides = (before: Access, judged: readonly Judged[], tenantId: string, nowMs: number): Access => {
  const telling = judged.filter(({ settled }) => isRead(settled) || isRefusal(refusalIn(settled)));
  const outcomes = telling.map((each) => accessAfterCheck(before, each, tenantId, nowMs));
  const [first] = outcomes;
  if (first === undefined) return before;
  if (!telling.some(({ settled }) => isRead(settled))) return before.state === 'pending' ? before : first;
  const lacking = outcomes.find(({ state }) => state === 'blocked' || state === 'partial');
  return lacking === undefined ? first : accessInPart(before, lacking, nowMs);
};

const isRefusal = (refusal: Finding | undefined): boolean =>
  refusal?.error !== undefined && !(refusal.error instanceof ThrottledError);

/** Hunting has a limit and a licence of its own: what it says is told, and decides nothing. */
const refusalIn = (settled: readonly Settled[]): Finding | undefined =>
  settled.find(({ step, ok }) => ok === false && step !== 'hunt')?.finding;

const isRead = (settled: readonly Settled[]): boolean => settled.some(({ step, ok }) => step === 'read' && ok === true);

const remarkIn = (settled: readonly Settled[]): Finding | undefined =>
  settled.find(({ step, ok, finding }) => step === 'claims' && ok === true && finding !== undefined)?.finding;
