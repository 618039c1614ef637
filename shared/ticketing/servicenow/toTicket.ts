import type { OutgoingComment, TicketChange, TicketContent } from '../../model/ticket';
import { oneLine } from '../../model/plainText';
import { journalEntry, shownText } from './journal';
import type { ServicenowSettings } from './settings';
import { toState } from './states';

/** What we write of a record, by ServiceNow's names. */
export type ServicenowRecord = Readonly<Record<string, string>>;

/** In `correlation_display`: by it records of ours are told from all others. */
export const ourMark = 'xdr-relay';

const maxTitle = 160;
const maxText = 4_000;

/** Ours alone, whatever the mapping's fields say. */
const ownFields = ['correlation_id', 'correlation_display', 'sys_id'];

export const toNewRecord = (content: TicketContent, settings: ServicenowSettings): ServicenowRecord => ({
  ...severityOf(content),
  ...textOf(content),
  ...(content.assignee === undefined ? {} : { assigned_to: content.assignee }),
  ...fieldsOf(content.fields),
  ...journalsOf(content.comments),
  correlation_id: content.key,
  correlation_display: ourMark,
  // A new one has its table's first state by itself, and a SIR record is walked to any other.
  ...(content.status === 'new' || settings.table === 'sn_si_incident' ? {} : stateOf(content, settings)),
});

/** All that changes, but for the state. */
export const toRecordChange = (change: TicketChange): ServicenowRecord => ({
  ...(change.severity === undefined ? {} : severityOf({ ...change, severity: change.severity })),
  ...textOf(change),
  ...(change.assignee === undefined ? {} : { assigned_to: change.assignee ?? '' }),
  ...fieldsOf(change.fields ?? {}),
  ...journalsOf(change.comments),
});

type Stated = Pick<TicketChange, 'status' | 'closeCode' | 'closeNote' | 'duplicateOf'>;

/** The state with what ServiceNow wants beside it: a reason to hold, a code and a note to resolve. */
export const stateOf = (said: Stated, settings: ServicenowSettings): ServicenowRecord => {
  const state = said.status === undefined ? undefined : toState(settings, said.status);
  if (state === undefined) return {};
  const hold = state === '3' && settings.table === 'incident' ? { hold_reason: settings.holdReason ?? '' } : {};
  return { state, ...hold, ...closingOf(said, settings) };
};

export const closingOf = (
  { status, closeCode, closeNote, duplicateOf }: Stated,
  { table, closeCode: usual, duplicateCode = 'Duplicate' }: ServicenowSettings,
): ServicenowRecord => {
  if (status !== 'resolved' && status !== 'cancelled') return {};
  const isIncident = table === 'incident';
  const code = closeCode ?? usual ?? (isIncident ? 'Solution provided' : 'Investigation completed');
  const note = shownText(closeNote ?? '', maxText).trim();
  const parent = isIncident ? 'parent_incident' : 'parent_security_incident';
  return {
    close_code: duplicateOf !== undefined && isIncident ? duplicateCode : code,
    close_notes: note === '' ? 'Resolved in Microsoft Defender.' : note,
    ...(duplicateOf === undefined ? {} : { [parent]: duplicateOf.ticketId }),
  };
};

const textOf = ({ title, description }: Pick<TicketChange, 'title' | 'description'>): ServicenowRecord => ({
  ...(title === undefined
    ? {}
    : { short_description: oneLine(shownText(title, maxText), maxTitle, 'Microsoft Defender incident') }),
  ...(description === undefined ? {} : { description: shownText(description, maxText) }),
});

const levels: Readonly<Record<string, string>> = { high: '1', medium: '2', low: '3', informational: '3' };

/** The mapping's word is `<impact>/<urgency>`, or one number for both. What is unknown ranks as high. */
const severityOf = ({ severity, toolSeverity }: Pick<TicketContent, 'severity' | 'toolSeverity'>): ServicenowRecord => {
  const key = severity.toLowerCase();
  const usual = (Object.hasOwn(levels, key) ? levels[key] : undefined) ?? '1';
  const [impact = usual, urgency = impact] = toolSeverity?.split('/', 2).map((part) => part.trim()) ?? [];
  return { impact, urgency };
};

const fieldsOf = (fields: Readonly<Record<string, string>>): ServicenowRecord =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      ownFields.includes(name) ? [] : [[name, shownText(value, maxText)]],
    ),
  );

/** `work_notes` for the staff, `comments` for whoever may see the ticket. */
const journalsOf = (comments: readonly OutgoingComment[]): ServicenowRecord => {
  const notes = journalEntry(comments.filter(({ visibility }) => visibility === 'internal'));
  const said = journalEntry(comments.filter(({ visibility }) => visibility === 'public'));
  return { ...(notes === undefined ? {} : { work_notes: notes }), ...(said === undefined ? {} : { comments: said }) };
};
