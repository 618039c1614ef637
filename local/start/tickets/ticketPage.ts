import type { FakeTicket } from '../../tools/fakeTool';
import { textOfAdf } from '../../tools/jira/adf';
import { Html, html } from '../../microsoft/entra/pages/html';
import type { ToolKind } from './kinds';

const style = new Html(`
:root { color-scheme: light dark }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
header { opacity: .7; font-size: .85rem } h1 { font-size: 1.4rem; margin: .5rem 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0 }
tr + tr { border-top: 1px solid #8884 } pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
button { font: inherit; padding: .4rem 1rem }`);

/** One ticket as people see it in a browser, with a button to close it. What is shown was written by anybody, and is escaped. */
export function ticketPage(kind: ToolKind, ticket: FakeTicket): string {
  const { number, title, fields, comments, status } = ticket;
  const isClosed = kind.closed.includes(status);
  const rows = Object.entries({ [kind.tool === 'jira' ? 'status' : 'state']: status, ...fields }).flatMap(
    ([name, value]) => {
      const word = kind.words[name];
      const text = inWords(value);
      return word === undefined || word === 'title' || text === '' ? [] : [rowOf(word, text)];
    },
  );
  return page(
    kind,
    `${number} ${title}`,
    html`<table>
        ${rows} ${comments.map(({ author, visibility, text }) => rowOf(`${visibility} comment by ${author}`, text))}
      </table>
      ${
        isClosed
          ? html`<p>Closed. <a href="/">All tickets</a></p>`
          : html`<form method="post">
              <p><button>Close it</button> <a href="/">All tickets</a></p>
            </form>`
      }`,
  );
}

/** All tickets, newest first. */
export function listPage(kind: ToolKind, tickets: readonly FakeTicket[]): string {
  const rows = tickets.toReversed().map(
    (ticket) =>
      html`<tr>
        <td><a href="${kind.pageOf(ticket)}">${ticket.number}</a></td>
        <td>${kind.closed.includes(ticket.status) ? 'closed' : 'open'}</td>
        <td>${ticket.title}</td>
      </tr>`,
  );
  return page(
    kind,
    'Tickets',
    html`<table>
      ${rows}
    </table>`,
  );
}

const rowOf = (name: string, text: string): Html =>
  html`<tr>
    <th>${name}</th>
    <td><pre>${text}</pre></td>
  </tr>`;

/** Texts of Jira are documents. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(inWords).join(', ') : textOfAdf(value);
}

function page({ name }: ToolKind, title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <header>${name}, simulated on this machine</header>
        <h1>${title}</h1>
        ${content}
      </body>
    </html>`.text;
}
