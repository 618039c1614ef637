import { setTimeout as wait } from 'node:timers/promises';
import type { Announcements } from './announcements';
import { cell, cellRight, cut, oneLine, widthOf, wrap } from '../../shared/terminal/cells';
import type { Look } from './firstScreen';
import { troubleOf } from './firstScreen';
import type { IncidentRow, RelayApi, TenantView } from './relayApi';
import type { TicketNews } from './tickets/watchTickets';
import { counted, utc } from '../../shared/terminal/wording';

export interface LiveOptions {
  readonly api: RelayApi;
  readonly announcements: Announcements;
  /** What happened to tickets since it was asked last. */
  readonly ticketNews: () => readonly TicketNews[];
  /** As they were when the first screen was drawn. */
  readonly tenants: readonly TenantView[];
  /** Changes before are history. Milliseconds since 1970. */
  readonly fromMs: number;
  /** When the first reading began: complete is who was read since. */
  readonly startedAtMs: number;
  /** Each tenant is asked for so often; undefined: the relay's own timer alone reads. */
  readonly askEveryMs: number | undefined;
  readonly look: () => Look;
  readonly line: (text: string) => void;
  readonly signal: AbortSignal;
}

const pollMs = 1_000;
const tenantsEveryMs = 5_000;
/** A change is looked for this long; a tenant that was not read for longer shows nothing on this screen. */
const lookBackMs = 15 * 60_000;

/** Tells every change as it reaches the API, until aborted. A single poll that fails is told and tried again. */
export async function showLive(options: LiveOptions): Promise<void> {
  const { api, fromMs, startedAtMs, askEveryMs, look, line, signal } = options;
  let shown = new Map<string, string>();
  const tenants = new Map(options.tenants.map((tenant) => [tenant.tenantId, tenant]));
  const every = createPace();
  for (;;) {
    try {
      if (askEveryMs !== undefined && every('ask', askEveryMs)) await askForAll(api, tenants);
      if (every('tenants', tenantsEveryMs) && tenants.size <= 50) {
        for (const tenant of await api.tenants()) {
          const said = newsOf(tenant, tenants.get(tenant.tenantId), startedAtMs, look());
          if (said !== undefined) line(said);
          tenants.set(tenant.tenantId, tenant);
        }
      }
      const since = new Date(Math.max(fromMs, Date.now() - lookBackMs)).toISOString();
      const rows = await api.allIncidents({ status: 'all', updatedSince: since });
      for (const row of rows.toReversed()) {
        if (shown.get(keyOf(row)) === row.lastUpdateDateTime) continue;
        const said = options.announcements.take(row.tenantId, row.incidentId, row.lastUpdateDateTime);
        line(changeLine(row, said, look()));
      }
      for (const news of options.ticketNews()) ticketLines(news, look()).forEach(line);
      shown = new Map(rows.map((row) => [keyOf(row), row.lastUpdateDateTime]));
    } catch (error) {
      if (signal.aborted) return;
      line(
        look().palette.yellow(`  The API did not answer: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    await wait(pollMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** `00:41:12   4 s  Contoso   2 alerts joined: 1042 Password spray involving…`; the seconds lie between the cloud's change and now. */
export function changeLine(row: IncidentRow, announced: readonly string[], { width, palette, nowMs }: Look): string {
  const lagMs = Math.max(0, nowMs - Date.parse(row.lastUpdateDateTime));
  const lag = cellRight(`${Math.round(lagMs / 1000)} s`, 5);
  const what = announced.length === 0 ? whatOf(row) : announced.join(', ');
  const title = oneLine(`${row.incidentId} ${row.displayName ?? ''}`);
  const start = `  ${clockTime(nowMs)}  ${palette.dim(lag)}  ${cell(oneLine(row.tenantName), 20)}  `;
  return `${start}${cut(`${what}: ${title}`, Math.max(20, width - widthOf(start)))}`;
}

/** As a change, but for the seconds, because a ticket tells no version. A narrow screen takes two lines: what counts stands at the end. */
export function ticketLines({ customer, what, title }: TicketNews, { width, palette, nowMs }: Look): string[] {
  const start = `  ${clockTime(nowMs)}${' '.repeat(9)}${cell(oneLine(customer), 20)}  `;
  const room = Math.max(20, width - widthOf(start));
  const said = oneLine(what);
  const lines = title === undefined ? wrap(said, room) : [cut(`${said} ${oneLine(title)}`, room)];
  return lines.map((line, at) => `${at === 0 ? start : ' '.repeat(widthOf(start))}${palette.green(line)}`);
}

const clockTime = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

const keyOf = ({ tenantId, incidentId }: IncidentRow): string => `${tenantId}/${incidentId}`;

/** What the row alone tells. */
function whatOf({ status, createdDateTime, lastUpdateDateTime }: IncidentRow): string {
  if (createdDateTime === lastUpdateDateTime) return 'new incident';
  return status === 'resolved' || status === 'redirected' ? status : 'updated';
}

/** A line where a tenant came, was mended or fell ill. */
export function newsOf(
  now: TenantView,
  before: TenantView | undefined,
  sinceMs: number,
  look: Look,
): string | undefined {
  const trouble = troubleOf(now, sinceMs);
  const name = oneLine(now.name);
  const time = clockTime(look.nowMs);
  const { readThrough, counts } = now.sync;
  const isRead = trouble === undefined && readThrough !== null;
  const state = isRead
    ? look.palette.green(`${counted(counts.stored, 'incident')}, complete to ${utc(readThrough, look.nowMs)}`)
    : look.palette.yellow(trouble ?? 'not read yet');
  if (before === undefined) return `  ${time}         ${name} added: ${state}`;
  if (troubleOf(before, sinceMs) === trouble) return undefined;
  return `  ${time}         ${name}: ${state}`;
}

/** Blocked tenants are left to their own probes: being asked for would hammer at a shut door. */
async function askForAll(api: RelayApi, tenants: ReadonlyMap<string, TenantView>): Promise<void> {
  const open = [...tenants.values()].filter(({ enabled, access }) => enabled && access.reader.state !== 'blocked');
  await Promise.all(open.map(({ tenantId }) => api.requestSync(tenantId)));
}

/** Says of each thing when its time has come again; not at the very first asking. */
function createPace(): (what: string, everyMs: number) => boolean {
  const last = new Map<string, number>();
  const begunMs = performance.now();
  return (what, everyMs) => {
    const nowMs = performance.now();
    if (nowMs - (last.get(what) ?? begunMs) < everyMs) return false;
    last.set(what, nowMs);
    return true;
  };
}
