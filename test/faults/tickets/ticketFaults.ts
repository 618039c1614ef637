/** The faults of the fault model (numbers as there) that these worlds play, each with its kinds. */
export const ticketFaults = {
  '1 process killed': 'a process killed at a call of a port',
  '6 timer skipped': 'a sweep that did not take place',
  '7 defender away': 'Defender answers 429, 503, or its answer is lost',
  '22 storage before': 'storage answers 503 before the work',
  '22 storage after': 'storage answers 503 after the write',
  '28 vault away': 'the vault does not answer',
  '32 2xx late': 'taken, and answered seconds later',
  '32 2xx then reset': 'taken, and the answer lost',
  '32 3xx': 'sent elsewhere',
  '32 410': 'gone for good, as it says',
  '32 413': 'too large, as it says',
  '32 429': 'asks to wait',
  '32 5xx': '500, 502, 503, 504',
  '32 hang': 'no answer until the time limit',
  '32 tls': 'no connection, or a certificate of another',
  '33 down': 'calls to a target that was away for hours or days',
  '34 answer lost': 'a ticket was made, and the answer lost',
  '35 ping-pong': 'changed on the other side within seconds',
  '36 twice': 'a webhook sent twice at once',
  '36 late': 'a webhook that came late, behind newer ones',
  '36 half body': 'a webhook cut off',
  '36 lost': 'a webhook, or its answer, lost on the way',
  '36 replayed': 'a webhook sent again by a stranger',
  '36 forged': 'a webhook that was altered, or signed by a stranger',
  '39 removed': 'a connection removed',
  '39 switched': 'a connection switched off and on, or to another address',
  '39 key turned': 'a signing key turned',
  storm: 'an incident of a burst, on connections with a limit for storms',
  'weak word': 'a webhook that proves itself by a shared secret alone',
  'queue lost': 'a message of a queue lost',
  'queue twice': 'a message of a queue twice',
  'queue late': 'a message of a queue late, behind newer ones',
} as const;

export type TicketFault = keyof typeof ticketFaults;

/** How often each fault hit. */
export interface TicketTally {
  hit(fault: TicketFault): void;
  counts(): Readonly<Partial<Record<TicketFault, number>>>;
}

export const createTicketTally = (): TicketTally => {
  const counts: Partial<Record<TicketFault, number>> = {};
  return { hit: (fault) => void (counts[fault] = (counts[fault] ?? 0) + 1), counts: () => counts };
};
