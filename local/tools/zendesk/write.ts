import { isObject } from '../body';
import { plainOf, withLiquid } from './text';
import type { ZendeskTicket } from './ticket';
import { idProperties, maxComment, maxSubject, priorities, statuses, types } from './ticket';

/** What the API says no with: 422, and for each field a sentence. */
export interface Refusal {
  readonly field: string;
  readonly sentence: string;
}

export interface NewComment {
  readonly html: string;
  readonly plain: string;
  readonly isPublic: boolean;
}

const isIn = (words: readonly string[], value: unknown): boolean => typeof value === 'string' && words.includes(value);
const isId = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value);

/** All that is wrong with what a caller writes; properties that the documentation does not know are wrong, too. */
export function refusals(given: Readonly<Record<string, unknown>>): readonly Refusal[] {
  const found: Refusal[] = [];
  const no = (field: string, sentence: string): void => void found.push({ field, sentence: `${field}: ${sentence}` });
  for (const [name, value] of Object.entries(given)) {
    switch (name) {
      case 'subject':
        if (typeof value !== 'string' || value.trim() === '') no(name, 'cannot be blank');
        else if (value.length > maxSubject) no(name, `is too long (maximum is ${maxSubject} characters)`);
        break;
      case 'status':
        if (!isIn(statuses, value)) no(name, 'is invalid');
        break;
      case 'priority':
        if (!isIn(priorities, value)) no(name, 'is not a valid priority');
        break;
      case 'type':
        if (!isIn(types, value)) no(name, 'is invalid');
        break;
      case 'external_id':
        if (typeof value !== 'string' || value.length > 255) no(name, 'is invalid');
        break;
      case 'assignee_id':
        if (value !== null && !isId(value)) no(name, 'is invalid');
        break;
      case 'tags':
        if (!Array.isArray(value) || !value.every(isTag)) no(name, 'contains an invalid character');
        break;
      case 'custom_fields':
        if (!Array.isArray(value) || !value.every((each) => isObject(each) && isId(each.id))) no(name, 'is invalid');
        break;
      case 'comment':
        if (commentOf(value) === undefined) no(name, 'cannot be blank');
        break;
      case 'due_at':
        if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) no(name, 'is invalid');
        break;
      default:
        if (!isIn(idProperties, name)) no(name, 'is no property of a ticket');
        else if (!isId(value)) no(name, 'is invalid');
    }
  }
  return found;
}

const isTag = (tag: unknown): boolean => typeof tag === 'string' && /^[\p{L}\p{N}_/-]{1,80}$/u.test(tag);

/** Undefined where it is none, or one too long. */
export function commentOf(given: unknown): NewComment | undefined {
  if (!isObject(given)) return undefined;
  const { html_body: html, public: isPublic = true, ...rest } = given;
  if (typeof html !== 'string' || html.trim() === '' || html.length > maxComment) return undefined;
  if (typeof isPublic !== 'boolean' || Object.keys(rest).length > 0) return undefined;
  const filled = withLiquid(html);
  return { html: filled, plain: plainOf(filled), isPublic };
}

/** Writes all but the comment. */
export function apply(ticket: ZendeskTicket, given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (name === 'comment') continue;
    if (name === 'subject') ticket.subject = withLiquid(String(value));
    else if (name === 'status') ticket.status = String(value);
    else if (name === 'priority') ticket.priority = String(value);
    else if (name === 'type') ticket.type = String(value);
    else if (name === 'external_id') ticket.external_id = String(value);
    else if (name === 'assignee_id') ticket.assignee_id = isId(value) ? value : null;
    else if (name === 'tags') ticket.tags = [...new Set((value as string[]).map((tag) => tag.toLowerCase()))];
    else if (name === 'custom_fields') applyCustom(ticket, value as readonly { id: number; value: string | null }[]);
    else ticket.others[name] = value;
  }
  if (ticket.status === 'new' && ticket.assignee_id !== null) ticket.status = 'open';
}

function applyCustom(ticket: ZendeskTicket, fields: readonly { id: number; value: string | null }[]): void {
  const written = new Set(fields.map(({ id }) => id));
  ticket.custom_fields = [...ticket.custom_fields.filter(({ id }) => !written.has(id)), ...fields];
}
