import { TargetError } from '../../errors';
import type { Connection } from '../../model/connection';
import type { OutgoingComment, TicketChange, TicketContent } from '../../model/ticket';
import { plainText } from '../../model/plainText';
import type { ZendeskSettings } from './settings';
import { toZendeskStatus } from './status';
import { maxHtml, toHtml, toSubject, toTag, withoutLiquid } from './text';

/** What we write of a ticket, by Zendesk's names. */
export type ZendeskTicket = Readonly<Record<string, unknown>>;

/** Every ticket of ours carries it: by it they are told from all others. */
export const ourTag = 'xdr_relay';
const tagPrefix = 'xdr_tag_';

const priorities: Readonly<Record<string, string>> = {
  high: 'high',
  medium: 'normal',
  low: 'low',
  informational: 'low',
};

/** @throws TargetError where the mapping names a field Zendesk has not */
export const toNewTicket = (
  content: TicketContent,
  { outbound }: Pick<Connection, 'outbound'>,
  settings: ZendeskSettings,
): ZendeskTicket => ({
  type: 'incident',
  priority: priorityOf(content),
  ...toFields(content.fields, closing(content, settings)),
  subject: toSubject(content.title),
  comment: toFirstComment(content, outbound.as === 'public'),
  external_id: content.key,
  tags: tagsOf(content.tags),
  ...(content.assignee === undefined ? {} : { assignee_id: toId(content.assignee, 'mapping.assignees') }),
  status:
    content.status === 'new' && content.assignee === undefined ? 'new' : toZendeskStatus(content.status, settings),
});

/** All that changes but comments; `tags` only with those it has now, because Zendesk replaces all of them. The description cannot be changed there. */
export const toTicketUpdate = (
  change: TicketChange,
  settings: ZendeskSettings,
  tagsNow: readonly string[] | undefined,
): ZendeskTicket => ({
  ...(change.severity === undefined ? {} : { priority: priorityOf({ ...change, severity: change.severity }) }),
  ...toFields(change.fields ?? {}, closing(change, settings)),
  ...(change.title === undefined ? {} : { subject: toSubject(change.title) }),
  ...(change.assignee === undefined ? {} : { assignee_id: toAssigneeId(change.assignee) }),
  ...(change.status === undefined ? {} : { status: toZendeskStatus(change.status, settings) }),
  ...(change.tags === undefined || tagsNow === undefined
    ? {}
    : { tags: [...tagsNow.filter((tag) => !isOurs(tag)), ...tagsOf(change.tags)] }),
});

const toAssigneeId = (assignee: string | null): number | null =>
  assignee === null ? null : toId(assignee, 'mapping.assignees');

/** Zendesk's description is its first comment and seen by whoever may see that; comments for the same people go with it, in one call. */
const toFirstComment = ({ description, comments }: TicketContent, isPublic: boolean): ZendeskTicket => {
  const [along] = toComments(comments).filter((comment) => comment.public === isPublic);
  const text = along === undefined ? '' : `<br><br>${String(along.html_body)}`;
  return { html_body: `${toHtml(description, maxHtml - text.length) || 'Incident'}${text}`, public: isPublic };
};

/** Those that do not go with the description. */
export const laterComments = (
  { comments }: TicketContent,
  connection: Pick<Connection, 'outbound'>,
): readonly ZendeskTicket[] =>
  toComments(comments).filter((comment) => comment.public !== (connection.outbound.as === 'public'));

/** Comments that may travel as one, because the same people see them: one for each visibility there is. */
export const toComments = (comments: readonly OutgoingComment[]): readonly ZendeskTicket[] =>
  (['internal', 'public'] as const).flatMap((visibility) => {
    const those = comments.filter((comment) => comment.visibility === visibility);
    const share = Math.floor(maxHtml / (2 * Math.max(those.length, 1)));
    const texts = those.map(({ text }) => toHtml(text, share));
    return texts.length === 0 ? [] : [{ html_body: texts.join('<br><br>'), public: visibility === 'public' }];
  });

const priorityOf = ({ severity, toolSeverity }: Pick<TicketContent, 'severity' | 'toolSeverity'>): string => {
  if (toolSeverity !== undefined) return toolSeverity;
  const key = severity.toLowerCase();
  // What is unknown ranks as high.
  return (Object.hasOwn(priorities, key) ? priorities[key] : undefined) ?? 'high';
};

const isOurs = (tag: string): boolean => tag === ourTag || tag.startsWith(tagPrefix);
const tagsOf = (tags: readonly string[]): readonly string[] => [
  ourTag,
  ...new Set(tags.map((tag) => `${tagPrefix}${toTag(tag)}`)),
];

const closing = (
  { status, closeCode }: Pick<TicketChange, 'status' | 'closeCode'>,
  { resolutionField }: ZendeskSettings,
): Readonly<Record<string, string>> => {
  const isClosing = status === 'resolved' || status === 'cancelled';
  return isClosing && closeCode !== undefined && resolutionField !== undefined ? { [resolutionField]: closeCode } : {};
};

const idFields = new Set([
  'group_id',
  'organization_id',
  'requester_id',
  'brand_id',
  'ticket_form_id',
  'problem_id',
  'custom_status_id',
]);
const wordFields = new Set(['type', 'priority', 'due_at']);
const maxValue = 10_000;

/** Zendesk's own fields by name, custom ones by number; given later wins. */
const toFields = (...all: readonly Readonly<Record<string, string>>[]): ZendeskTicket => {
  const custom: { id: number; value: string }[] = [];
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(Object.assign({}, ...all) as Record<string, string>)) {
    const text = withoutLiquid(plainText(value, maxValue));
    if (/^\d{1,20}$/.test(name)) custom.push({ id: toId(name, 'mapping.fields'), value: text });
    else if (idFields.has(name)) own[name] = toId(text, `mapping.fields.${name}`);
    else if (wordFields.has(name)) own[name] = text;
    else
      throw new TargetError(
        `Zendesk has no field ${JSON.stringify(name.slice(0, 60))}: write a custom field by its number`,
        'refused',
        null,
      );
  }
  return { ...own, ...(custom.length === 0 ? {} : { custom_fields: custom }) };
};

const toId = (text: string, where: string): number => {
  const id = /^\d{1,16}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new TargetError(`${where} of the connection has to give an id of Zendesk: digits only`, 'refused', null);
};
