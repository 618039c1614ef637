import type { RunningDemo } from './demo';
import { announcementsOf } from './demo';
import { wrap } from '../../shared/terminal/cells';
import type { Look } from './firstScreen';
import { commandLines, customerTable, incidentTable, quoted, ticketTable } from './firstScreen';
import { showLive } from './liveScreen';
import type { Terminal } from '../../shared/terminal/terminal';
import { withoutTicket } from './tickets/desk';
import { playScenes } from './tickets/scenes';
import { watchTickets } from './tickets/watchTickets';
import { counted } from '../../shared/terminal/wording';

const changesPerMinute = 12;
const sceneEveryMs = 10_000;

/** Draws the first screen, then lets the cloud live and tells each change until aborted. */
export async function goOn(demo: RunningDemo, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { api, first, startedAtMs, cloud, desks } = demo;
  const look = (): Look => ({ width: terminal.width, palette: terminal.palette, nowMs: Date.now() });
  await drawFirstScreen(demo, terminal, look());
  const ticketNews = watchTickets(cloud.cloud, desks);
  await demo.connected;
  const announcements = announcementsOf(cloud, changesPerMinute);
  const scenes = playScenes(cloud.cloud, desks, { everyMs: sceneEveryMs, announcements });
  signal.addEventListener('abort', () => scenes.stop(), { once: true });
  await showLive({
    api,
    announcements,
    ticketNews,
    tenants: first.tenants,
    fromMs: Date.now(),
    startedAtMs,
    askEveryMs: demo.askEveryMs,
    look,
    line: terminal.line,
    signal,
  });
}

async function drawFirstScreen(demo: RunningDemo, terminal: Terminal, look: Look): Promise<void> {
  const { api, first, startedAtMs, cloud, token } = demo;
  const urgent = await api.topIncidents({ sort: 'severity' }, 10);
  const lines = [
    '',
    heading('The ten most urgent open incidents', look),
    '',
    ...incidentTable(urgent, look),
    '',
    heading(counted(first.tenants.length, 'customer'), look),
    '',
    ...customerTable(first.tenants, startedAtMs, look),
    '',
    ...ticketLines(demo, look),
    heading('To try', look),
    '',
    ...commandLines(
      {
        url: api.url,
        tokenFile: token.path,
        incident: urgent[0],
        tenant: first.tenants.find(({ sync }) => sync.counts.stored > 0) ?? {
          tenantId: cloud.candidate.tenantId,
          name: cloud.candidate.displayName,
        },
        candidate: cloud.candidate,
      },
      look,
    ),
    ...mendLines(demo, look),
    ...commandLineLines(demo, look),
    '',
    ...whatFollows(demo, look),
    '',
  ];
  for (const line of lines) terminal.line(line);
}

/** The tools with their tickets, each with the page that shows them. */
function ticketLines({ desks, cloud }: RunningDemo, look: Look): string[] {
  if (desks.length === 0) return [];
  const tools = desks.map((desk) => ({
    name: desk.kind.name,
    customer: desk.customer.displayName,
    open: desk.tickets().filter(desk.isOpen).length,
    coming: withoutTicket(cloud.cloud, desk).length,
    url: desk.url,
  }));
  const hint = 'Close a ticket in a browser at one of these addresses, and its incident is resolved.';
  const hints = wrap(hint, look.width - 2).map((line) => `  ${look.palette.dim(line)}`);
  return [heading('Tickets, kept in step both ways', look), '', ...ticketTable(tools, look), ...hints, ''];
}

function heading(text: string, { palette }: Look): string {
  return palette.bold(text);
}

/** `npm start` knows no other place to run the command line from than this package. */
function commandLineLines({ desks }: RunningDemo, { palette }: Look): string[] {
  return [
    `  ${palette.dim('With the command line, from a second terminal in this folder:')}`,
    '  npx xdr-relay --demo incidents list --sort severity',
    '  npx xdr-relay --demo token --context app --api graph',
    ...desks
      .slice(0, 1)
      .flatMap(({ customer: { displayName } }) => [
        `  npx xdr-relay --demo connections list --tenant ${shellWord(displayName)}`,
        `  npx xdr-relay --demo deliveries list --tenant ${shellWord(displayName)}`,
      ]),
    '  npx xdr-relay --help',
  ];
}

const shellWord = (text: string): string => (/^[\w-]+$/.test(text) ? text : quoted(text));

/** The broken customer's administrator, played through the cloud's control port. */
function mendLines({ cloud, api, token }: RunningDemo, { palette }: Look): string[] {
  const { broken } = cloud;
  if (broken === undefined) return [];
  return [
    `  ${palette.dim(`Be the administrator of ${broken.displayName} and accept:`)}`,
    `  curl -s ${quoted(`${cloud.cloud.controlUrl}/tenants/${broken.tenantId}/condition`)} \\`,
    `    -H 'Content-Type: application/json' -d '{"condition":"consented"}' \\`,
    `  && curl -s -X POST ${quoted(`${api.url}/api/tenants/${broken.tenantId}/sync`)} \\`,
    `    -H "Authorization: Bearer $(cat ${quoted(token.path)})"`,
  ];
}

function whatFollows({ askEveryMs }: RunningDemo, { width, palette }: Look): string[] {
  const pace =
    askEveryMs === undefined
      ? 'The relay reads every customer once a minute here; on its own every 5 (SYNC_INTERVAL_SECONDS).'
      : `Every customer is asked for every ${askEveryMs / 1000} s here; on its own the relay reads every 5 minutes (SYNC_INTERVAL_SECONDS).`;
  return [
    palette.bold('The cloud goes on') + palette.dim('  (Ctrl-C ends everything)'),
    '',
    ...wrap(`${pace} Each change is a line as it reaches the API, with the seconds it took:`, width - 2).map(
      (line) => `  ${palette.dim(line)}`,
    ),
  ];
}
