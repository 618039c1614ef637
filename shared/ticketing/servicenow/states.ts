import type { TicketStatus } from '../../model/ticket';
import type { ServicenowSettings } from './settings';

type Table = ServicenowSettings['table'];

/** @see https://www.servicenow.com/docs (incident management state model; setup assistant reference of Security Incident Response) */
const words: Readonly<Record<Table, Readonly<Record<string, TicketStatus>>>> = {
  incident: {
    1: 'new',
    2: 'inProgress',
    3: 'waiting',
    4: 'waiting',
    5: 'waiting',
    6: 'resolved',
    7: 'resolved',
    8: 'cancelled',
  },
  sn_si_incident: {
    10: 'new',
    16: 'inProgress',
    18: 'inProgress',
    19: 'inProgress',
    20: 'inProgress',
    100: 'inProgress',
    3: 'resolved',
    7: 'cancelled',
  },
};

/** A state of the customer's own is one that somebody works in. */
export const fromState = (table: Table, state: string): TicketStatus =>
  (Object.hasOwn(words[table], state) ? words[table][state] : undefined) ?? 'inProgress';

/** The way of "NIST Stateful": Draft, Analysis, Contain, Eradicate, Recover, Review, Closed. */
const steps = ['10', '16', '18', '19', '20', '100', '3'] as const;

/** The state we write for a word; undefined: the table has none, so it stays. Never 7 of `incident`: closing is not ours. */
export const toState = ({ table, holdReason }: ServicenowSettings, status: TicketStatus): string | undefined => {
  if (table === 'sn_si_incident')
    return { new: '10', inProgress: '16', waiting: undefined, resolved: '3', cancelled: '7' }[status];
  const waiting = holdReason === undefined ? '2' : '3';
  return { new: '1', inProgress: '2', waiting, resolved: '6', cancelled: '8' }[status];
};

/** The states to write one after the other, from `current` (exclusive) to `wanted` (inclusive). */
export const stepsTo = (current: string, wanted: string): readonly string[] => {
  const [from, to] = [steps.findIndex((step) => step === current), steps.findIndex((step) => step === wanted)];
  return from === -1 || to <= from ? [wanted] : steps.slice(from + 1, to + 1);
};

/** Whether nobody may move a ticket out of this state any more. */
export const isFinal = ({ table, process }: ServicenowSettings, state: string): boolean =>
  table === 'incident'
    ? state === '7' || state === '8'
    : process === 'NIST Stateful' && (state === '3' || state === '7');
