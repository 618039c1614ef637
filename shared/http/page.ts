import { createHash } from 'node:crypto';
import type { Answer } from './answers';

/** How things stand, at a glance. */
export type Tone = 'done' | 'waiting' | 'stopped';

/** What a page says; plain text throughout: markup in it is shown, not obeyed. */
export interface PageContent {
  readonly tone: Tone;
  readonly title: string;
  readonly lead: string;
  /** Name and value. */
  readonly facts?: readonly (readonly [string, string])[];
  readonly sections?: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** Small print. */
  readonly note?: string;
}

/** A page for people: no script, nothing loaded from anywhere, nothing told to where its reader goes next. */
export const page = (status: number, content: PageContent, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  html: document(content),
  headers: { ...headers, ...pageHeaders },
});

/** Text as it may stand in markup and in attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? '');

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const document = ({ tone, title, lead, facts = [], sections = [], note }: PageContent): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>${escapeHtml(title)} · xdr-relay</title>
<style>${style}</style>
</head>
<body>
<main class="${tone}">
<p class="brand">xdr-relay</p>
<header>${icons[tone]}<h1>${escapeHtml(title)}</h1></header>
<p class="lead">${escapeHtml(lead)}</p>
${facts.length === 0 ? '' : `<dl>${facts.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`}
${sections.map((section) => `<h2>${escapeHtml(section.title)}</h2>\n${list(section.lines)}`).join('\n')}
${note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`}
</main>
</body>
</html>
`;

const list = (lines: readonly string[]): string =>
  lines.length === 1
    ? `<p>${escapeHtml(lines[0] ?? '')}</p>`
    : `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;

const icon = (path: string): string =>
  `<svg viewBox="0 0 24 24" width="36" height="36" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="${path}"/></svg>`;

/** A tick, a clock, an exclamation mark. */
const icons: Readonly<Record<Tone, string>> = {
  done: icon('M7.5 12.5l3 3 6-7'),
  waiting: icon('M12 6.5V12l3.5 2.5'),
  stopped: icon('M12 7v6M12 16.5v.01'),
};

const style = `
:root { color-scheme: light dark; --ink: #1b1f27; --soft: #545b68; --line: #dfe3e9; --card: #fff; --back: #f2f4f7; --done: #17713a; --waiting: #8a5200; --stopped: #3f4a5c; }
@media (prefers-color-scheme: dark) { :root { --ink: #edf0f4; --soft: #a9b1be; --line: #343b47; --card: #1c2129; --back: #12151a; --done: #5fcf8b; --waiting: #f0b357; --stopped: #aab6c8; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; align-items: flex-start; justify-content: center; padding: 8vh 16px 32px; background: var(--back); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
main { width: 100%; max-width: 640px; padding: 28px 36px 32px; background: var(--card); border: 1px solid var(--line); border-top: 4px solid currentColor; border-radius: 10px; }
main.done { border-top-color: var(--done); } main.waiting { border-top-color: var(--waiting); } main.stopped { border-top-color: var(--stopped); }
.brand { margin: 0 0 20px; color: var(--soft); font-size: 14px; font-weight: 600; letter-spacing: .02em; }
header { display: flex; align-items: center; gap: 14px; }
svg { flex: none; }
.done svg { color: var(--done); } .waiting svg { color: var(--waiting); } .stopped svg { color: var(--stopped); }
h1 { margin: 0; font-size: 26px; line-height: 1.25; }
h2 { margin: 28px 0 6px; font-size: 16px; }
p { margin: 0 0 8px; }
.lead { margin: 16px 0 0; font-size: 18px; }
ul { margin: 0; padding-left: 20px; } li { margin: 4px 0; }
dl { margin: 24px 0 0; border-top: 1px solid var(--line); }
dl div { display: grid; grid-template-columns: 10em 1fr; gap: 12px; padding: 10px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); } dd { margin: 0; }
.note { margin: 28px 0 0; color: var(--soft); font-size: 14px; }
@media (max-width: 480px) { body { padding: 16px 12px; } main { padding: 20px; } h1 { font-size: 22px; } .lead { font-size: 17px; } dl div { grid-template-columns: 1fr; gap: 0; } }
`;

const styleDigest = createHash('sha256').update(style).digest('base64');

/** @see https://www.w3.org/TR/CSP3/ */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};
