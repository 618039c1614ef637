import type { Answer } from '../../answer';

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[] | undefined;

/** A template whose values are escaped, unless they are HTML themselves; undefined shows as nothing. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(literals.map((literal, at) => literal + toText(parts[at])).join(''));
}

function toText(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5c5c5c; --line: #d6d6d6; --paper: #fff; --ground: #f3f4f6; --accent: #0b5cad; --alert: #a4262c }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f2f2; --soft: #b4b4b4; --line: #4a4a4a; --paper: #242628; --ground: #17181a; --accent: #6cb1f5; --alert: #ff9aa0 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 15px/1.45 "Segoe UI", system-ui, sans-serif }
main { width: 100%; max-width: 29rem; background: var(--paper); padding: 2.5rem 2.75rem 2rem; box-shadow: 0 2px 12px rgb(0 0 0 / .16); border-radius: 4px }
@media (max-width: 30rem) { main { padding: 1.75rem 1.5rem } }
header { color: var(--soft); font-size: .8rem; letter-spacing: .03em; margin-bottom: 1.5rem }
h1 { font-size: 1.45rem; line-height: 1.25; font-weight: 600; margin: 0 0 .75rem }
p { margin: 0 0 .9rem } small, .soft { color: var(--soft) } small { font-size: .82rem }
[role=alert] { color: var(--alert) }
ul { list-style: none; margin: 0 0 1.25rem; padding: 0 } li + li { border-top: 1px solid var(--line) }
ul.permissions li { padding: .55rem 0 } ul.permissions small { display: block }
ul.accounts { border-block: 1px solid var(--line) }
ul.accounts button { all: unset; box-sizing: border-box; display: block; width: 100%; padding: .6rem .5rem; cursor: pointer }
ul.accounts button:hover { background: var(--ground) } ul.accounts small { display: block }
label { display: block; margin-bottom: .35rem } label.check { display: flex; gap: .5rem; align-items: baseline; margin: 0 0 1rem }
input[type=text] { width: 100%; font: inherit; color: inherit; background: transparent; border: 0; border-bottom: 1px solid var(--soft); padding: .45rem 0; margin-bottom: 1.25rem }
:focus-visible, ul.accounts button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.buttons { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: .5rem }
.buttons button { font: inherit; min-width: 6.75rem; padding: .45rem 1rem; border: 1px solid var(--line); background: transparent; color: inherit; border-radius: 2px; cursor: pointer }
.buttons button.main { background: var(--accent); border-color: var(--accent); color: var(--paper) }
code { font-size: .85em; overflow-wrap: anywhere }
footer { margin-top: 1.75rem; border-top: 1px solid var(--line); padding-top: .75rem; color: var(--soft); font-size: .8rem }
`;

/** A page of the simulated Entra: no script, nothing from elsewhere, and it says that it is simulated. */
export function page(title: string, content: Html, status = 200): Answer {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>
          <header>Microsoft Entra, simulated on this machine</header>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body: text,
  };
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { location, 'referrer-policy': 'no-referrer' }, body: '' };
}
