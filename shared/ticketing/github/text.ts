import { oneLine, plainComment, plainText } from '../../model/plainText';

/** @see https://docs.github.com/rest/issues/issues: longer ones are refused (422) */
const maxTitle = 256;
const maxBody = 65_536;
/** For what stands around the text: fences, key, link. */
const reserve = 3_000;

const end = '<!-- xdr-relay:end -->';
const begin = /<!-- xdr-relay:key (\S+) -->/;

export const toTitle = (title: string): string => oneLine(title, maxTitle, 'Incident');

/**
 * In a fence nothing is Markdown or HTML: nobody is mentioned, no issue is linked, no picture is loaded. The fence is longer than any in the
 * text, so that the text cannot end it. @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
const fenced = (plain: string): string => {
  const text = plain.replace(/`{10,}/g, '`'.repeat(10));
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
};

export const toComment = (text: string): string => fenced(plainComment(text, maxBody - reserve));

/** Our part of an issue's text: the key, a link, and what is said. */
export const toBody = (key: string, description: string, incidentUrl: string | null): string =>
  [
    `<!-- xdr-relay:key ${encoded(key)} -->`,
    ...linkOf(incidentUrl),
    fenced(plainText(description, maxBody - reserve)),
    end,
  ].join('\n');

/** The same with our part replaced; what people wrote around it stays. */
export const withDescription = (body: string, key: string, description: string): string => {
  const start = body.search(begin);
  const stop = body.lastIndexOf(end);
  const isWhole = start >= 0 && stop > start;
  const ours = isWhole ? body.slice(start, stop + end.length) : '';
  const link = /^\[Open in Microsoft Defender\]\(<(\S+)>\)$/m.exec(ours.slice(0, ours.indexOf('```')))?.[1] ?? null;
  const replaced = toBody(key, description, link);
  const around = isWhole ? body.length - ours.length : body.length + 2;
  const fits =
    around + replaced.length <= maxBody
      ? replaced
      : toBody(key, plainText(description, Math.max(maxBody - around - reserve, 100)), link);
  return isWhole ? body.slice(0, start) + fits + body.slice(stop + end.length) : `${fits}\n\n${body}`.slice(0, maxBody);
};

/** The key in an issue's text. The first one counts: ours stands before anything an attacker wrote. */
export const keyIn = (body: string | null | undefined): string | null => {
  const found = begin.exec(body ?? '')?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return null;
  }
};

/** `--` would end an HTML comment in some readings. */
const encoded = (key: string): string => encodeURIComponent(key).replaceAll('--', '%2D%2D');

const linkOf = (incidentUrl: string | null): readonly string[] => {
  if (incidentUrl === null || !URL.canParse(incidentUrl)) return [];
  const { protocol, href } = new URL(incidentUrl);
  return protocol === 'https:' && /^https:[\w./?=&%:-]{1,2000}$/.test(href)
    ? [`[Open in Microsoft Defender](<${href}>)`, '']
    : [];
};
