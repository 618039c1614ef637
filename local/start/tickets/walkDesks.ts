import type { Terminal } from '../../../shared/terminal/terminal';
import type { RunningDemo } from '../demo';
import { beginStep } from '../progress';
import type { TicketSummary } from './ticketSummary';
import { isWhole } from './ticketSummary';
import { walkTickets } from './ticketWalk';

/** Walks the tickets of all desks once, side by side; undefined where there is none. */
export async function walkDesks(
  { api, cloud: { cloud }, desks, earlierTickets, connected }: RunningDemo,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<TicketSummary | undefined> {
  if (desks.length === 0) return undefined;
  const step = beginStep(terminal, 'Tickets');
  await connected;
  const walked = await Promise.all(
    desks.map(async (desk) => {
      const onStep = (text: string): void => step.show(`Tickets: ${text} (${desk.kind.name})`);
      const counts = await walkTickets({ cloud, api, desk, earlier: earlierTickets, onStep, signal });
      return [desk.kind.tool, counts] as const;
    }),
  );
  const summary = Object.fromEntries(walked);
  const created = walked.reduce((sum, [, counts]) => sum + counts.created, 0);
  step.done(isWhole(summary) ? `Tickets walked through: ${created} created, each once` : 'Tickets: not all happened');
  return summary;
}
