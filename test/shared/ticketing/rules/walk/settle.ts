import { deliver, receive, sync, takeIn } from './world';
import type { World } from './world';

const minutes = 60_000;

/** Lets everything under way arrive. @returns rounds it took; more than `most` is a loop */
export const settle = (world: World, most = 25): number => {
  world.step += 1;
  let rounds = drain(world, most);
  // Where a tool does not say who wrote, echoes and people look alike for a while: the poll that follows tells what is.
  world.nowMs += 20 * minutes;
  for (const [index, desk] of world.desks.entries()) {
    const ticket = desk.tickets.at(-1);
    if (desk.tellsActor || ticket === undefined) continue;
    const occurredAt = new Date(world.nowMs).toISOString();
    const { id: ticketId, status, assignee } = ticket;
    takeIn(world, index, { ticketId, kind: 'updated', actor: null, occurredAt, version: null, status, assignee });
  }
  rounds += drain(world, most);
  return rounds;
};

const isBusy = (world: World): boolean =>
  world.desks.some(({ hooks, pending, mustResend }) => hooks.length > 0 || pending.length > 0 || mustResend);

const drain = (world: World, most: number): number => {
  for (let round = 1; ; round += 1) {
    if (round > most) throw new Error('it never comes to rest');
    world.nowMs += 3 * minutes;
    sync(world);
    if (!isBusy(world)) return round;
    for (const index of world.desks.keys()) deliver(world, index);
    for (const [index, desk] of world.desks.entries()) while (desk.hooks.length > 0) receive(world, index, 0);
  }
};
