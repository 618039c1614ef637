import type { DefectReport } from '../catchDefects';
import type { FailedDay } from '../report';
import { defectLine, grouped, ofMany } from '../scoreboard';
import type { TicketTotal } from './ticketTotal';
import type { TicketFault } from './ticketFaults';
import { ticketFaults } from './ticketFaults';

/** Everything one call found; what `--json` prints. */
export interface TicketReport {
  /** As the run began. */
  readonly commit: string;
  /** False where a source changed while it ran: then it measured nothing in particular. */
  readonly isOneCode: boolean;
  readonly node: string;
  readonly processors: number;
  readonly seconds: number;
  /** Without the defects. */
  readonly mixSeconds: number;
  readonly seeds: readonly [first: number, last: number];
  readonly total: TicketTotal;
  readonly failedWorlds: number;
  /** The first few of them. */
  readonly failed: readonly FailedDay[];
  readonly defects: readonly DefectReport[];
  readonly ok: boolean;
}

/** The scoreboard lines that fault runs of sending and receiving can fill. */
export const ticketBoard = (report: TicketReport): string => {
  const { total, defects, failedWorlds } = report;
  const faults = Object.values(total.faults).reduce((sum, hits) => sum + hits, 0);
  const isVoid = defects.some(({ ok }) => !ok) ? '  VOID: see the defects' : '';
  const lines = [
    `Fault runs of tickets: ${grouped(total.worlds)} worlds, seeds ${report.seeds.join('–')}, commit ${report.commit}, ${report.mixSeconds} s and ${Math.round(report.seconds - report.mixSeconds)} s of defects on ${report.processors} processors, node ${report.node}`,
    ...(report.isOneCode ? [] : ['VOID: sources changed while it ran, so its parts are of different code.']),
    `Layer 1: the real code in process, virtual clock (${grouped(total.virtualHours)} h), in-memory ports. ${grouped(total.versions)} versions of ${grouped(total.incidents)} incidents, ${grouped(total.events)} events announced, ${grouped(total.deliveries)} deliveries (messages taken, tickets written), ${grouped(total.hooks)} messages of tools, ${grouped(total.relayWrites)} writes to Defender; ${grouped(faults)} faults`,
    '',
    ` 4  one version, one receiver, another id    ${ofMany(total.newIds, total.deliveries)}${isVoid}`,
    `    tickets made twice                       ${ofMany(total.doubleTickets, total.tickets)}`,
    `    sent again under the same id             ${grouped(total.extra)}, for ${grouped(total.ambiguous)} answers and writes that were lost, or processes that ended`,
    ` 5  neither taken nor in a dead letter       ${ofMany(total.unaccounted, total.events)}${isVoid}`,
    `    given up, and replayed with success      ${grouped(total.dead)}, ${grouped(total.replayed)}`,
    ` 6  forged messages taken                    ${ofMany(total.forgedAccepted, total.forged)}${isVoid}`,
    `    replayed messages taken again            ${ofMany(total.replayedAccepted, total.faults['36 replayed'] ?? 0)}`,
    `    genuine messages refused                 ${ofMany(total.genuineRefused, total.genuine)}`,
    `    other broken promises                    ${grouped(total.breaches - total.newIds - total.doubleTickets - total.forgedAccepted - total.replayedAccepted - total.genuineRefused)}`,
    `    said of a ticket before it was found     ${grouped(total.unheard)} (not counted as broken)`,
    '',
    'How often each fault hit (numbers of the fault model):',
    ...(Object.entries(ticketFaults) as [TicketFault, string][]).map(
      ([fault, words]) => `  ${fault.padEnd(20)} ${grouped(total.faults[fault] ?? 0).padStart(8)}  ${words}`,
    ),
    ...(defects.length === 0
      ? []
      : ['', 'Planted defects, each in worlds aimed at it, and the real code in the same worlds:']),
    ...defects.map(defectLine),
    '',
    failedWorlds === 0 ? 'No world broke a promise.' : `${grouped(failedWorlds)} worlds broke a promise:`,
    ...report.failed.flatMap(({ seed, what }) => [
      `  seed ${seed}: ${(what[0] ?? '').slice(0, 300)}${what.length > 1 ? ` (and ${what.length - 1} more)` : ''}`,
      `    npm run faults -- --tickets --seed ${seed}`,
    ]),
  ];
  return lines.join('\n');
};
