import type { IncidentUpdate } from '../ports';
import { withoutMarkers } from '../model/marker';

/** What is left where a marker was taken out may be one, too. */
const unmarked = (text: string): string => {
  const less = withoutMarkers(text);
  return less === text.trim() ? less : unmarked(less);
};

/** Names come from Entra, and end up in a comment that others read. */
const oneLine = (name: string): string => unmarked(name.replace(/\s+/g, ' ').slice(0, 200));

/** A person's comment; without anything that would make it pass for one that the relay brought from a ticket. */
export const personsComment = (text: string): string => unmarked(text);

/** The same where the relay writes it for them. */
export const commentFor = (name: string, text: string): string =>
  `${personsComment(text)}\n\n${oneLine(name)}, through xdr-relay`;

/** What the relay changed for a person, for whoever finds only the relay's name beside the change. */
export const changeNote = (name: string, change: IncidentUpdate): string => {
  const parts = Object.entries(change)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}: ${textOf(value)}`);
  return `Changed by ${oneLine(name)}, through xdr-relay (${unmarked(parts.join('; ').slice(0, 800))})`;
};

const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(String).join(', ') || 'none';
  return typeof value === 'string' && value !== '' ? value : 'none';
};
