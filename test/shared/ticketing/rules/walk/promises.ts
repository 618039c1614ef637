import type { TicketStatus } from '../../../../../shared/model/ticket';
import type { World } from './world';

/** All that is broken of what is promised, in words; empty: nothing. Written from the promises alone. */
export const brokenPromises = (world: World): readonly string[] => [
  ...world.desks.flatMap((_, index) => [...disagreements(world, index), ...straying(world, index)]),
  ...unexplained(world),
  ...loops(world),
];

const isDone = (status: string): boolean => status === 'resolved' || status === 'cancelled';

/** What an incident in this state may look like in a ticket. */
const meanings: Readonly<Record<string, readonly TicketStatus[]>> = {
  active: ['new'],
  // A new ticket asks nothing of an incident that somebody works on, nor does a waiting one.
  inProgress: ['inProgress', 'waiting', 'new'],
  awaitingAction: ['waiting', 'new'],
  resolved: ['resolved', 'cancelled'],
};

const means = (value: string, status: string): boolean => meanings[value]?.includes(status as TicketStatus) === true;

const isStopped = (world: World, index: number): boolean => world.desks[index]!.link.suspended !== null;

const disagreements = (world: World, index: number): readonly string[] => {
  const { connection, link, tickets, reopens } = world.desks[index]!;
  const ticket = tickets.at(-1);
  if (ticket === undefined || isStopped(world, index)) return [];
  const { status, assignedTo } = world.header;
  const broken: string[] = [];
  const isProposed = [...world.journal.values()].some(
    ({ kind, targetId, field }) => kind === 'proposal' && targetId === link.targetId && field === 'status',
  );
  const agrees = meanings[status ?? '']?.includes(ticket.status) === true;
  if (!agrees && !(isProposed && isDone(ticket.status)))
    broken.push(`${link.targetId}: ticket ${ticket.status}, incident ${status ?? 'none'}`);
  // Its people closed it for good, and an Analyst has to decide.
  if (isProposed && isDone(ticket.status) && !reopens) return broken;
  const wanted = assignedTo === null ? undefined : connection.mapping.assignees?.[assignedTo];
  // People nobody mapped stay where they are.
  if (wanted !== undefined && ticket.assignee !== wanted && ticket.assignee !== 'u-unmapped')
    broken.push(`${link.targetId}: assignee ${ticket.assignee ?? 'none'}, owner ${assignedTo ?? 'none'}`);
  return broken;
};

/** Comments: once where they belong, nowhere else. */
const straying = (world: World, index: number): readonly string[] => {
  const broken: string[] = [];
  const count = (texts: readonly string[], word: string): number =>
    texts.filter((text) => new RegExp(`\\b${word}\\b`).test(text)).length;
  const { connection, tickets } = world.desks[index]!;
  const inTicket = tickets.flatMap(({ comments }) => comments.map(({ text }) => text));
  const inDefender = world.comments.map(({ comment }) => comment);
  for (let number = 0; number < world.nextComment; number += 1) {
    const word = `word-${number}`;
    const origins = [
      ...inDefender,
      ...world.desks.flatMap((desk) => desk.tickets.flatMap((t) => t.comments.map((c) => c.text))),
    ];
    const origin = /by-(defender|\d)/.exec(origins.find((text) => count([text], word) > 0) ?? '')?.[1] ?? '';
    const isInternal = origins.some((text) => text.includes(`${word}-internal`));
    const here = count(inTicket, word);
    const there = count(inDefender, word);
    if (here > 1 || there > 1) broken.push(`${word} stands twice`);
    if (isStopped(world, index) || tickets.length === 0) continue;
    const which = connection.outbound.comments;
    if (origin === 'defender' && here !== (which === 'none' ? 0 : 1))
      broken.push(`${word} of Defender: ${here} in ${index}`);
    if (origin === String(index)) {
      const wants = connection.inbound.comments;
      const crosses = wants === 'all' || (wants === 'public' && !isInternal);
      if (there !== (crosses ? 1 : 0)) broken.push(`${word} of ${index}: ${there} in Defender`);
    } else if (origin !== 'defender') {
      if (isInternal && here > 0) broken.push(`${word} leaked into ${index}`);
      if (!isInternal && here !== (which === 'all' ? there : 0))
        broken.push(`${word}: ${here} in ${index}, ${there} in Defender`);
    }
  }
  return broken;
};

/** Each status a person set crossed, was set anew by that side's people, or stands in the journal. */
const unexplained = (world: World): readonly string[] =>
  world.said
    .filter((said) => !isExplained(world, said))
    .map(({ by, value }) => `${by} said ${value}: nothing tells why it does not hold`);

const isExplained = (world: World, { step, by, value, isReturn }: World['said'][number]): boolean => {
  if (isReturn) return true;
  if (by !== 'defender' && isStopped(world, by)) return true;
  if (world.desks.some((_, index) => isStopped(world, index))) return true;
  if (world.said.some((later) => later.by === by && later.step > step)) return true;
  const entries = [...world.journal.values()];
  if (by === 'defender') {
    if (world.header.status === value) return true;
    const isShown = world.desks.some(
      ({ tickets }, index) =>
        meanings[value]?.includes(tickets.at(-1)?.status ?? 'new') === true ||
        means(value, world.shown.findLast((seen) => seen.where === index && seen.step <= step)?.status ?? '') ||
        world.shown.some((seen) => seen.where === index && seen.step >= step && means(value, seen.status)),
    );
    return (
      isShown ||
      entries.some(({ side, field, value: was }) => side === 'defender' && field === 'status' && was === value)
    );
  }
  // Nothing is asked by a new or waiting ticket that Defender did not say anyway.
  if (value === 'new' || value === 'waiting') return true;
  const meaning = isDone(value) ? 'resolved' : value;
  const held = world.shown.filter(({ where }) => where === 'defender');
  const before = held.findLast((seen) => seen.step <= step)?.status;
  const isHeld = before === meaning || held.some((seen) => seen.step >= step && seen.status === meaning);
  const { targetId } = world.desks[by]!.link;
  return (
    isHeld ||
    entries.some((entry) => entry.targetId === targetId && entry.field === 'status' && entry.value === meaning)
  );
};

/** A change goes one hop: a write to Defender comes from a person, and so do those to the tickets. */
const loops = (world: World): readonly string[] => {
  const broken: string[] = [];
  if (world.writesToDefender > world.humanChanges)
    broken.push(`${world.writesToDefender} writes to Defender for ${world.humanChanges} changes`);
  for (const { writes, link } of world.desks)
    if (writes > 2 * world.humanChanges + 2)
      broken.push(`${writes} writes to ${link.targetId} for ${world.humanChanges} changes`);
  return broken;
};
