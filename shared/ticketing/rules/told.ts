import { shortHash } from './shortHash';
import type { SpokenContent } from './spokenContent';

const parts = ['title', 'description', 'severity', 'tags', 'fields'] as const;
type Part = (typeof parts)[number];

const hashOf = (content: SpokenContent, part: Part): string => {
  if (part === 'severity') return shortHash(10, content.severity, content.toolSeverity ?? '');
  if (part === 'tags') return shortHash(10, ...content.tags);
  if (part === 'fields') return shortHash(10, ...Object.entries(content.fields).sort().flat());
  return shortHash(10, content[part]);
};

/** What a ticket was told, hashed part by part, so that only what differs is written: what people changed in the rest stays. */
export const toldOf = (content: SpokenContent): string => parts.map((part) => hashOf(content, part)).join('.');

/** The parts that differ from what was told. */
export const untold = (content: SpokenContent, told: string | null): Partial<SpokenContent> => {
  const before = told?.split('.') ?? [];
  const news = new Set(parts.filter((part, at) => before[at] !== hashOf(content, part)));
  return {
    ...(news.has('title') ? { title: content.title } : {}),
    ...(news.has('description') ? { description: content.description } : {}),
    ...(news.has('severity') ? { severity: content.severity } : {}),
    ...(news.has('severity') && content.toolSeverity !== undefined ? { toolSeverity: content.toolSeverity } : {}),
    ...(news.has('tags') ? { tags: content.tags } : {}),
    ...(news.has('fields') ? { fields: content.fields } : {}),
  };
};

/** As if it had never been told the parts that are `given`. */
export const withoutTold = (told: string | null, given: Partial<SpokenContent>): string | null =>
  told === null
    ? null
    : told
        .split('.')
        .map((hash, at) => (parts.some((part, own) => own === at && given[part] !== undefined) ? '' : hash))
        .join('.');
