import type { RunningDemo } from './demo';
import { announcementsOf } from './demo';
import { wrap } from '../../shared/terminal/cells';
import type { Look } from './firstScreen';
import { commandLines, customerTable, incidentTable, quoted } from './firstScreen';
import { showLive } from './liveScreen';
import type { Terminal } from '../../shared/terminal/terminal';
import { counted } from '../../shared/terminal/wording';

const changesPerMinute = 12;

/** Draws the first screen, then lets the cloud live and tells each change until aborted. */
export async function goOn(demo: RunningDemo, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { api, first, startedAtMs, cloud } = demo;
  const look = (): Look => ({ width: terminal.width, palette: terminal.palette, nowMs: Date.now() });
  await drawFirstScreen(demo, terminal, look());
  const announcements = announcementsOf(cloud, changesPerMinute);
  await showLive({
    api,
    announcements,
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
    ...commandLineLines(look),
    '',
    ...whatFollows(demo, look),
    '',
  ];
  for (const line of lines) terminal.line(line);
}

function heading(text: string, { palette }: Look): string {
  return palette.bold(text);
}

/** `npm start` knows no other place to run the command line from than this package. */
function commandLineLines({ palette }: Look): string[] {
  return [
    `  ${palette.dim('With the command line, from a second terminal in this folder:')}`,
    '  npx xdr-relay --demo incidents list --sort severity',
    '  npx xdr-relay --demo token --context app --api graph',
    '  npx xdr-relay --help',
  ];
}

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
