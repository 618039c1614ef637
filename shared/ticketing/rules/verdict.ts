import type { Mapping } from '../../model/connection';
import { oneDetermination } from '../../model/determination';
import type { TicketEvent } from '../../model/ticket';

export interface Verdict {
  readonly classification: string | null;
  readonly determination: string | null;
}

/** Which determinations go with which classification. @see reference/ticketing.md 3.1 (as Microsoft's and other integrations enforce it) */
export const verdicts: Readonly<Record<string, readonly string[]>> = {
  truePositive: [
    'multiStagedAttack',
    'maliciousUserActivity',
    'malware',
    'phishing',
    'compromisedAccount',
    'unwantedSoftware',
    'other',
  ],
  informationalExpectedActivity: ['securityTesting', 'lineOfBusinessApplication', 'confirmedActivity', 'other'],
  falsePositive: ['notMalicious', 'notEnoughDataToValidate', 'other'],
};

const none: Verdict = { classification: null, determination: null };

/** What common words for a resolution say; whatever a connection's own mapping says comes before. @see reference/ticketing.md 3.3 */
const defaults: readonly (readonly [RegExp, Verdict])[] = [
  [/\bfalse[ -]?positive\b|^fp$/i, { classification: 'falsePositive', determination: 'notMalicious' }],
  [
    /invalid vulnerability|not reproducible/i,
    { classification: 'falsePositive', determination: 'notEnoughDataToValidate' },
  ],
  [
    /threat mitigated|patched vulnerability|\btrue[ -]?positive\b/i,
    { classification: 'truePositive', determination: 'other' },
  ],
  [
    /\bexpected\b|\bpen(?:etration)?[ -]?test|\bsecurity test/i,
    { classification: 'informationalExpectedActivity', determination: 'securityTesting' },
  ],
  [
    /known error|business app/i,
    { classification: 'informationalExpectedActivity', determination: 'lineOfBusinessApplication' },
  ],
];

/** The pair in Graph's spelling: a classification nobody knows is none, a determination that does not go with it is `other`. */
export const fittingVerdict = (classification: string | null, determination: string | null): Verdict => {
  const known = Object.keys(verdicts).find((name) => name.toLowerCase() === (classification ?? '').toLowerCase());
  if (known === undefined) return none;
  const wanted = oneDetermination(determination ?? '').toLowerCase();
  const fitting = verdicts[known]?.find((name) => name.toLowerCase() === wanted);
  return { classification: known, determination: fitting ?? 'other' };
};

/** Whether the event itself names a verdict, not only a resolution that hints at one. */
export const namesVerdict = (event: TicketEvent): boolean => event.classification !== undefined;

/** What a ticket's event says of the incident: its own verdict, else what its resolution means; none where nobody said. */
export const verdictOf = (event: TicketEvent, { resolutions = {} }: Mapping): Verdict => {
  if (event.classification !== undefined) return fittingVerdict(event.classification, event.determination ?? null);
  const said = event.resolution ?? (event.status === 'cancelled' ? 'cancelled' : undefined);
  if (said === undefined) return none;
  const mapped = Object.keys(resolutions).find((word) => word.toLowerCase() === said.toLowerCase());
  const own = mapped === undefined ? undefined : resolutions[mapped];
  if (own !== undefined) return fittingVerdict(own.classification, own.determination);
  // Called off is not "false": only the connection's own mapping may say so.
  if (event.status === 'cancelled') return none;
  return defaults.find(([words]) => words.test(said))?.[1] ?? none;
};

/** What is left of `said` beside what holds: a person's verdict is never made less specific. */
export const keepSpecific = (said: Verdict, holds: Verdict): Verdict => {
  if (said.classification === null) return holds;
  if (said.classification !== holds.classification) return said;
  return said.determination === 'other' && holds.determination !== null ? holds : said;
};
