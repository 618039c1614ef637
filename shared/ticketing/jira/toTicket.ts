import { TargetError } from '../../errors';
import type { OutgoingComment, TicketChange, TicketContent } from '../../model/ticket';
import { oneLine, plainComment, plainText } from '../../model/plainText';
import { toAdf } from './adf';
import { keyLabel, ourLabel, tagLabels } from './labels';
import type { JiraSettings } from './settings';

export type JiraFields = Readonly<Record<string, unknown>>;

/** The issue's property that holds our key. */
export const ourProperty = 'xdr-relay';

const maxTitle = 255;
/** Jira's own limit is said to be 32,767. */
const maxText = 30_000;

export const toNewIssue = (content: TicketContent, settings: JiraSettings): JiraFields => ({
  fields: {
    ...severityOf(content, settings),
    ...fieldsOf(content.fields),
    ...textOf(content),
    ...(content.assignee === undefined ? {} : { assignee: { accountId: content.assignee } }),
    project: { key: settings.project },
    issuetype: { name: settings.issueType },
    labels: [ourLabel, keyLabel(content.key), ...tagLabels(content.tags)],
  },
  properties: [{ key: ourProperty, value: { key: content.key } }],
});

/** What an edit sets; labels and status go their own ways. */
export const toIssueFields = (change: TicketChange, settings: JiraSettings): JiraFields => ({
  ...(change.severity === undefined ? {} : severityOf({ ...change, severity: change.severity }, settings)),
  ...fieldsOf(change.fields ?? {}),
  ...textOf(change),
  ...assigneeOf(change),
});

/** Where the project is a service desk, an internal comment is one its customers do not see. @see https://developer.atlassian.com/cloud/jira/service-desk/rest/ (`sd.public.comment`) */
export const toComment = ({ text, visibility }: OutgoingComment): JiraFields => ({
  body: toAdf(plainComment(text, maxText)),
  ...(visibility === 'internal' && { properties: [{ key: 'sd.public.comment', value: { internal: true } }] }),
});

const assigneeOf = ({ assignee }: TicketChange): JiraFields => {
  if (assignee === undefined) return {};
  return { assignee: assignee === null ? null : { accountId: assignee } };
};

const textOf = ({ title, description }: Pick<TicketChange, 'title' | 'description'>): JiraFields => ({
  ...(title === undefined ? {} : { summary: oneLine(title, maxTitle, 'Microsoft Defender incident') }),
  ...(description === undefined ? {} : { description: toAdf(plainText(description, maxText)) }),
});

const priorities: Readonly<Record<string, string>> = {
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  informational: 'Lowest',
};

const severityOf = (
  { severity, toolSeverity }: Pick<TicketContent, 'severity' | 'toolSeverity'>,
  { priority }: JiraSettings,
): JiraFields => {
  if (priority === 'no') return {};
  const key = severity.toLowerCase();
  return {
    priority: { name: toolSeverity ?? (Object.hasOwn(priorities, key) ? priorities[key] : undefined) ?? 'High' },
  };
};

/** How the text of a mapped field is put into the shape its type wants: `customfield_10010:option`. */
const shapes: Readonly<Record<string, (text: string) => unknown>> = {
  text: (text) => text,
  paragraph: (text) => toAdf(text),
  number: (text) => Number(text),
  option: (text) => ({ value: text }),
  options: (text) => parts(text).map((value) => ({ value })),
  name: (text) => ({ name: text }),
  names: (text) => parts(text).map((name) => ({ name })),
  user: (text) => ({ accountId: text }),
  list: parts,
};

function parts(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Ours alone, whatever the mapping's fields say. */
const ownFields = ['project', 'issuetype', 'labels', 'summary', 'description', 'status', 'assignee'];

const fieldsOf = (fields: Readonly<Record<string, string>>): JiraFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const [field = '', shape = 'text'] = name.split(':', 2);
      const toShape = Object.hasOwn(shapes, shape) ? shapes[shape] : undefined;
      if (toShape === undefined || ownFields.includes(field))
        throw new TargetError(
          `Jira: mapping.fields has an entry that cannot be written (${JSON.stringify(name.slice(0, 60))}); its name is a field's id and one of ${Object.keys(shapes).join(', ')}`,
          'refused',
          null,
        );
      const shaped = toShape(plainText(value, maxText));
      if (typeof shaped === 'number' && !Number.isFinite(shaped))
        throw new TargetError(`Jira: mapping.fields.${field} comes to no number`, 'refused', null);
      return [field, shaped];
    }),
  );
