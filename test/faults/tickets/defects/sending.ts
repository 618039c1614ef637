import type { TicketDefect } from './defect';

/** A few hours of little, so that a world is over soon. */
const small = {
  hours: 4,
  tenants: 2,
  incidents: 8,
  actions: 20,
  attacks: 0,
  keylessShare: 0,
  outageHours: 0,
  configChanges: 0,
} as const;

/** Bursts of one tenant above the limit. */
const stormy = { ...small, storm: { count: 3, minutes: 60 }, bursts: [12, 12] } as const;

/** Mistakes in what is sent, when it counts as sent, and to whom it goes. */
export const sendingDefects: readonly TicketDefect[] = [
  {
    name: 'id new per try',
    patches: [
      {
        file: 'shared/ticketing/webhook/client.ts',
        find: 'signStandard({ id, body,',
        replace: 'signStandard({ id: `${id}_${clock.now()}`, body,',
      },
    ],
    aim: { isCalm: true, world: small, rates: { serverError: 0.2, answerLost: 0.1 } },
    shortSeeds: [1],
  },
  {
    name: 'outbox mark before send',
    patches: [
      {
        file: 'shared/delivery/deliverEvents.ts',
        find: 'const called = await callTarget(',
        replace:
          'await writeLane(deps.incidents, { links: [], events: [{ stored, change: delivered(stored, deps.clock.now(), 202) }], journal: [] });\n    const called = await callTarget(',
      },
    ],
    aim: { isCalm: true, world: small, rates: { serverError: 0.2, tls: 0.1, deathPerStep: 0.002 } },
    shortSeeds: [1],
  },
  {
    name: 'intent not written',
    patches: [
      {
        file: 'shared/delivery/adopt.ts',
        find: 'intent: { key, at: now, then } };',
        replace: 'intent: null };',
      },
    ],
    aim: { isCalm: true, world: small, rates: { createAnswerLost: 0.3 } },
    shortSeeds: [1],
  },
  {
    name: 'redirect followed',
    patches: [
      {
        file: 'shared/ticketing/webhook/client.ts',
        find: 'return outcomeOf(answer, clock.now());',
        replace:
          "const { location } = answer.headers;\n    if (location !== undefined) return outcomeOf(await send({ method: 'POST', url: location, headers: signed, body, timeoutMs }), clock.now());\n    return outcomeOf(answer, clock.now());",
      },
    ],
    aim: { isCalm: true, world: small, rates: { redirected: 0.1 } },
    shortSeeds: [1],
  },
  {
    name: 'second look at the name',
    patches: [
      {
        file: 'shared/delivery/guardedSend.ts',
        find: 'else if (options.all === true) callback(null, all);',
        replace:
          'else if (options.all === true) void lookup(host).then((again) => callback(null, again.map(({ address }) => ({ address, family: isIP(address) }))));',
      },
    ],
    aim: { isCalm: true, world: { ...small, hours: 1, incidents: 1, actions: 1, withSockets: true } },
    shortSeeds: [1],
  },
  {
    name: 'secret in error text',
    patches: [
      {
        file: 'shared/ticketing/webhook/client.ts',
        find: 'return outcomeOf(answer, clock.now());',
        replace:
          "if (answer.status >= 500) throw new ContractError(`The receiver answers ${answer.status} to ${keys.join(' ')}`);\n    return outcomeOf(answer, clock.now());",
      },
    ],
    aim: { isCalm: true, world: small, rates: { serverError: 0.2 } },
    shortSeeds: [1],
  },
  {
    name: 'claim ignored',
    patches: [
      {
        file: 'shared/store/links.ts',
        find: 'claimedBy !== null && (readAt',
        replace: "claimedBy === '' && (readAt",
      },
    ],
    aim: { isCalm: true, world: { ...small, processes: 3 }, rates: { messageTwice: 0.9, answerLate: 0.4 } },
    shortSeeds: [1],
  },
  {
    name: 'a storm for each that is one too many',
    patches: [
      {
        file: 'shared/ticketing/rules/stormState.ts',
        find: 'const storms = isOn',
        replace: 'const storms = atMs < 0',
      },
      { file: 'shared/ticketing/rules/stormState.ts', find: ': storms.find(', replace: ': storms.findLast(' },
    ],
    aim: { isCalm: true, world: stormy },
    shortSeeds: [1],
  },
  {
    name: 'each attempt makes the ticket of a storm',
    patches: [
      {
        file: 'shared/delivery/stormTicket.ts',
        find: "if (isBeingMade(found)) return 'busy';",
        replace:
          'if (isBeingMade(found)) return joinedOf(deps.connectionsTable, { connection, storm, by, part }, undefined, found.etag);',
      },
    ],
    aim: { isCalm: true, world: { ...stormy, processes: 3 }, rates: { messageTwice: 0.9, answerLate: 0.4 } },
    shortSeeds: [1],
  },
  {
    name: 'arrivals not counted',
    patches: [
      {
        file: 'shared/ticketing/rules/stormState.ts',
        find: '.reduce((sum, [, some]) => sum + some, 0) > count',
        replace: '.length > count * 4',
      },
    ],
    aim: { isCalm: true, world: stormy },
    shortSeeds: [1],
  },
  {
    name: 'dead letter dropped',
    patches: [{ file: 'shared/delivery/afterTry.ts', find: "state: 'dead',", replace: "state: 'superseded'," }],
    aim: { isCalm: true, world: small, rates: { tooLarge: 0.1 } },
    shortSeeds: [1],
  },
  {
    name: 'dead letter in no list',
    patches: [{ file: 'shared/delivery/settleFailure.ts', find: 'await deps.dead.add([stored.event]);', replace: '' }],
    aim: { isCalm: true, world: small, rates: { tooLarge: 0.1 } },
    shortSeeds: [1],
  },
];
