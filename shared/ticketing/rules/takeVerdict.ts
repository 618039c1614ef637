import type { InboundInput } from './inboundPlan';
import { incidentValues } from './incidentValues';
import type { Outcome } from './outcome';
import { defenderOverruled, noOutcome, proposal, ruleOf, said, ticketOverruled } from './outcome';
import { isOld } from './order';
import { hindrance, proposes } from './permission';
import type { StatusOutcome } from './takeStatus';
import type { Verdict } from './verdict';
import { namesVerdict } from './verdict';
import { weigh } from './weigh';

const asText = ({ classification, determination }: Verdict): string | null =>
  classification === null ? null : `${classification}, ${determination ?? 'none'}`;

/**
 * What a ticket's verdict comes to. Classification and determination are one: only pairs make sense. What a resolution merely hints at
 * counts with the closing it belongs to, not each time the ticket repeats it.
 * @param verdict with what a person judged before kept where it is more specific
 */
export const takeVerdict = (input: InboundInput, verdict: Verdict, { moved }: StatusOutcome): Outcome => {
  const { event, link, live } = input;
  const isNamed = namesVerdict(event);
  if (verdict.classification === null || (!isNamed && moved === 'unmoved')) return noOutcome;
  const wanted = asText(verdict);
  if (isNamed && isOld(link.said?.classification, event, wanted)) return { ...noOutcome, ignored: 'old' };
  const current = incidentValues(live.header);
  const base: Verdict = {
    classification: link.base.classification ?? null,
    determination: link.base.determination ?? null,
  };
  const { holds, isConflict } = weigh(input, 'classification', {
    said: wanted,
    base: asText(base),
    now: asText(current),
  });
  const heard: Outcome = isNamed ? { ...noOutcome, said: said('classification', wanted, input, false) } : noOutcome;
  if (holds === 'same' || holds === 'agreed') return heard;
  const entry = {
    field: 'classification' as const,
    value: verdict.classification,
    holds: current.classification,
    change: { classification: verdict.classification, determination: verdict.determination },
  };
  if (holds === 'defender')
    return { ...heard, journal: [ticketOverruled(input, { ...entry, because: ruleOf(input, 'classification') })] };
  // What is proposed or refused with the status has its entry already.
  if (moved === 'held') return heard;
  const hindered = hindrance(input);
  if (hindered !== undefined) {
    if (proposes(input)) return { ...heard, journal: [proposal(input, { ...entry, because: hindered })] };
    return { ...heard, journal: [ticketOverruled(input, { ...entry, because: hindered })], ignored: 'notAllowed' };
  }
  const overruled = {
    field: 'classification' as const,
    value: current.classification,
    holds: verdict.classification,
    change: { classification: current.classification, determination: current.determination },
    because: ruleOf(input, 'classification'),
  };
  return {
    ...heard,
    update: {
      classification: verdict.classification,
      ...(verdict.determination === null ? {} : { determination: verdict.determination }),
    },
    base: entry.change,
    journal: isConflict && current.classification !== null ? [defenderOverruled(input, overruled)] : [],
  };
};
