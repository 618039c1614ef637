import { counted, number } from '../../../shared/terminal/wording';

/** What one walk with tickets counted in one tool. */
export interface TicketCounts {
  /** Tickets the relay made since this start. */
  readonly created: number;
  /** Changes in Defender that reached their ticket. */
  readonly updated: number;
  readonly closedInTool: number;
  /** By a ticket that was closed. */
  readonly incidentsResolved: number;
  /** Tickets closed because their incident was merged into another. */
  readonly merged: number;
  /** Tickets for something that had one. */
  readonly double: number;
  /** Events not delivered at the end, given-up ones included. */
  readonly pending: number;
  /** What did not happen within its time; null: all did. */
  readonly missing: string | null;
}

export type TicketSummary = Readonly<Record<string, TicketCounts>>;

/** Everything happened, once. */
export const isWhole = (summary: TicketSummary): boolean =>
  Object.values(summary).every(({ double, pending, missing }) => double === 0 && pending === 0 && missing === null);

/** A line a tool. */
export const ticketsInWords = (summary: TicketSummary, nameOf: (tool: string) => string): string[] =>
  Object.entries(summary).map(([tool, counts]) => {
    const { created, updated, merged, closedInTool, incidentsResolved, double, pending, missing } = counts;
    const said = [
      `${counted(created, 'ticket')} created`,
      `${number(updated)} updated`,
      `${number(merged)} merged`,
      `${number(closedInTool)} closed there`,
      `${counted(incidentsResolved, 'incident')} resolved by it`,
      `${number(double)} double`,
      `${number(pending)} pending`,
    ].join(', ');
    return `${nameOf(tool)}: ${said}${missing === null ? '' : `; did not happen in time: ${missing}`}`;
  });
