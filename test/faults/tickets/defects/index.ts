import type { TicketDefect } from './defect';
import { receivingDefects } from './receiving';
import { sendingDefects } from './sending';

/** Those of sending and receiving from the list at the end of the scoreboard, and some of tickets. */
export const ticketDefects: readonly TicketDefect[] = [...sendingDefects, ...receivingDefects];
