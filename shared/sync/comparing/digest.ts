import { createHash } from 'node:crypto';
import { oneDetermination } from '../../model/determination';
import type { Json, JsonObject, ObservedIncident } from '../../model/incident';
import type { BackEnd } from '../../model/tenant';
import { toTime7 } from '../../model/time7';
import type { Digests } from '../../store/incidents';

/** Raised when a digest's recipe changes: rows of another version are digested anew without a word. */
const bodyVersion = 'b1';
const watchedVersion = 'w2';
export const digestRecipe = `${bodyVersion}${watchedVersion}`;

/** Each back end shows fields the other lacks, so what one's whole digests to says nothing about the other's. */
const bodyVersions: Readonly<Record<BackEnd, string>> = { graph: bodyVersion, defender: `${bodyVersion}d` };

/**
 * One text for equal content: keys and list items in order, nulls and Graph's own annotations left out, times in one form.
 * Every incident of every page passes here, so it is written as loops.
 */
const canonical = (value: Json): string => {
  if (typeof value === 'string') return canonicalText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`;
  const object = value as JsonObject;
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const part = object[key];
    if (part === null || part === undefined || key === '@odata.context') continue;
    text += `${key.length}#${key}:${canonical(part)},`;
  }
  return `${text}}`;
};

const canonicalText = (text: string): string => {
  const looksLikeTime = text.length >= 20 && text.length <= 40 && text[4] === '-' && text[10] === 'T';
  const inOneForm = looksLikeTime ? (toTime7(text) ?? text) : text;
  // Its length in front tells where it ends, which is as clear as quotes with escapes and cheaper.
  return `${inOneForm.length}'${inOneForm}`;
};

const digest = (version: string, text: string): string =>
  `${version}.${createHash('sha256').update(text).digest('base64url')}`;

const items = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const fieldOf = (value: Json, ...names: readonly string[]): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  for (const name of names) {
    const field = (value as JsonObject)[name];
    if (field !== undefined && field !== null) return field;
  }
  return null;
};

/** "None" has five spellings: null, no such field, nothing, and two words. */
const given = (value: Json): Json =>
  typeof value === 'string' && /^\s*(?:none|null)?\s*$/i.test(value) ? null : value;

/** Back ends and pages differ in the casing of enums. */
const lower = (text: string | null): Json => given(text === null ? null : text.toLowerCase());

/** A verdict nobody gave is `unknown` on one page and null on the next. */
const verdict = (text: string | null): Json => {
  const word = lower(text);
  return word === 'unknown' ? null : word;
};

/** Ids occur as numbers. */
const idOf = (value: Json): Json => (typeof value === 'number' ? String(value) : value);

/** What people watch: title, state, verdict, owner, tags, comments, alert ids, redirect. */
const watched = ({ header, body }: ObservedIncident): JsonObject => ({
  title: given(header.displayName),
  status: lower(header.status),
  severity: verdict(header.severity),
  classification: verdict(header.classification),
  determination: verdict(header.determination === null ? null : oneDetermination(header.determination)),
  assignedTo: given(header.assignedTo),
  redirect: header.redirectIncidentId,
  tags: items(body.customTags),
  comments: items(body.comments).map((comment) => ({
    text: fieldOf(comment, 'comment'),
    by: given(fieldOf(comment, 'createdByDisplayName', 'createdBy')),
    at: fieldOf(comment, 'createdDateTime', 'createdTime'),
  })),
  alerts: items(body.alerts).map((alert) => idOf(fieldOf(alert, 'id'))),
});

/**
 * `bodyDigest` covers the canonical whole, last update included, and decides whether a row is written;
 * `watchedDigest` covers what people watch and decides whether anyone is told.
 */
export const digestsOf = (incident: ObservedIncident): Digests => ({
  bodyDigest: digest(bodyVersions[incident.backend], canonical(incident.body)),
  watchedDigest: digest(watchedVersion, canonical(watched(incident))),
});

/** True where `stored` was made by an older recipe, or of what another back end shows, so that a difference says nothing. */
export const isOtherRecipe = (stored: Digests, backend: BackEnd): boolean =>
  !stored.bodyDigest.startsWith(`${bodyVersions[backend]}.`) || !stored.watchedDigest.startsWith(`${watchedVersion}.`);
