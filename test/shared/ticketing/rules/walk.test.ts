import fc from 'fast-check';
import type { DeskOptions, World } from './walk/world';
import { changeIncident, changeTicket, commentIncident, deliver, newWorld, receive, sync } from './walk/world';
import { brokenPromises } from './walk/promises';
import { settle } from './walk/settle';

type Step = (world: World) => void;

let stepsRun = 0;
let writes = 0;
let entries = 0;
let stopped = 0;

const stepOf = (label: string, seconds: number, act: Step): fc.Command<object, World> => ({
  check: () => true,
  run: (_, world) => {
    stepsRun += 1;
    world.step += 1;
    world.nowMs += seconds * 1_000;
    act(world);
  },
  toString: () => `+${seconds}s ${label}`,
});

const seconds = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 900 }));
const desk = fc.integer({ min: 0, max: 1 });
const statuses = fc.constantFrom('active', 'inProgress', 'resolved', 'awaitingAction');
const words = fc.constantFrom('new', 'inProgress', 'waiting', 'resolved', 'cancelled');
const owners = fc.constantFrom('ana@contoso.example', 'bo@contoso.example', 'nobody-mapped@contoso.example', null);
const assignees = fc.constantFrom('u-ana', 'u-bo', 'u-unmapped', null);
const visibility = fc.constantFrom('internal', 'public');
const resolutions = fc.constantFrom('Done', 'False positive', 'Threat mitigated', undefined);

const verdictOf = (status: string): object =>
  status === 'resolved' ? { classification: 'truePositive', determination: 'malware' } : {};

const steps = [
  fc
    .tuple(seconds, statuses)
    .map(([s, status]) =>
      stepOf(`Defender ${status}`, s, (world) => changeIncident(world, { status, ...verdictOf(status) })),
    ),
  fc
    .tuple(seconds, owners)
    .map(([s, assignedTo]) =>
      stepOf(`Defender owner ${assignedTo}`, s, (world) => changeIncident(world, { assignedTo })),
    ),
  seconds.map((s) => stepOf('Defender comment', s, commentIncident)),
  fc
    .tuple(seconds, desk, words, resolutions)
    .map(([s, i, status, resolution]) =>
      stepOf(`ticket ${i} ${status}`, s, (world) =>
        changeTicket(world, i, { status, ...(resolution === undefined ? {} : { resolution }) }),
      ),
    ),
  fc
    .tuple(seconds, desk, assignees)
    .map(([s, i, assignee]) =>
      stepOf(`ticket ${i} to ${assignee}`, s, (world) => changeTicket(world, i, { assignee })),
    ),
  fc
    .tuple(seconds, desk, visibility)
    .map(([s, i, comment]) =>
      stepOf(`ticket ${i} ${comment} comment`, s, (world) => changeTicket(world, i, { comment })),
    ),
  seconds.map((s) => stepOf('sync', s, sync)),
  fc.tuple(seconds, desk).map(([s, i]) => stepOf(`deliver ${i}`, s, (world) => deliver(world, i))),
  fc.tuple(seconds, desk, words).map(([s, i, status]) =>
    stepOf(`deliver ${i} while it becomes ${status}`, s, (world) =>
      deliver(world, i, () => {
        world.nowMs += 2_000;
        changeTicket(world, i, { status });
      }),
    ),
  ),
  fc
    .tuple(seconds, desk, fc.nat(9))
    .map(([s, i, pick]) => stepOf(`webhook ${pick} of ${i}`, s, (world) => receive(world, i, pick))),
  fc
    .tuple(seconds, desk, fc.nat(30))
    .map(([s, i, pick]) => stepOf(`webhook ${pick} of ${i} again`, s, (world) => receive(world, i, pick, true))),
];

const options: fc.Arbitrary<DeskOptions> = fc.record({
  owner: fc.constantFrom('defender', 'ticket', 'latest'),
  tellsActor: fc.boolean(),
  reopens: fc.boolean(),
  mayClose: fc.boolean(),
  commentsIn: fc.constantFrom('none', 'public', 'all'),
  commentsOut: fc.constantFrom('none', 'own', 'all'),
  as: fc.constantFrom('internal', 'public'),
});

test('two tickets and an incident changed on all sides agree after quiet, and the journal tells what was overruled', () => {
  fc.assert(
    fc.property(
      fc.tuple(options, options),
      fc.commands(steps, { maxCommands: 120, size: 'max' }),
      (desks, commands) => {
        const world = newWorld(desks);
        sync(world);
        for (const index of world.desks.keys()) deliver(world, index);
        fc.modelRun(() => ({ model: {}, real: world }), commands);
        settle(world);
        writes += world.writesToDefender + world.desks.reduce((sum, one) => sum + one.writes, 0);
        entries += world.journal.size;
        stopped += world.desks.filter(({ link }) => link.suspended !== null).length;
        expect(brokenPromises(world)).toEqual([]);
      },
    ),
    {
      numRuns: Number(process.env.WALKS ?? 400),
      ...(process.env.WALK_SEED === undefined ? { seed: 20261121 } : { seed: Number(process.env.WALK_SEED) }),
    },
  );
  console.log(`walks: ${stepsRun} steps, ${writes} writes, ${entries} journal entries, ${stopped} links stopped`);
  expect(stepsRun).toBeGreaterThanOrEqual(10_000);
}, 120_000);
