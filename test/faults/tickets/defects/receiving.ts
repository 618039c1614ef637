import type { TicketDefect } from './defect';

const small = {
  hours: 4,
  tenants: 2,
  incidents: 8,
  actions: 30,
  attacks: 0,
  keylessShare: 0,
  outageHours: 0,
  configChanges: 0,
} as const;

/** Mistakes in what is believed, when it counts as taken, and what it brings about. */
export const receivingDefects: readonly TicketDefect[] = [
  {
    name: '202 before write',
    patches: [
      {
        file: 'shared/receive/receiveWebhook.ts',
        find: 'await deps.received.put(blob, body);',
        replace: 'void deps.received.put(blob, body).catch(() => undefined);',
      },
    ],
    aim: {
      isCalm: true,
      world: { ...small, hours: 6, actions: 60, inTools: 0.9 },
      rates: { storageBeforePerStep: 0.06 },
    },
    shortSeeds: [4, 5],
  },
  {
    name: 'replay store in memory',
    patches: [
      {
        file: 'shared/receive/receiveWebhook.ts',
        find: 'if (await deps.inbox.seen(hookId, marks)) return',
        replace:
          'const known = seenBy.get(deps.connectionSecrets) ?? new Set<string>();\n  seenBy.set(deps.connectionSecrets, known);\n  const isSeen = marks.some((mark) => known.has(mark));\n  for (const mark of marks) known.add(mark);\n  if (isSeen) return',
      },
      {
        file: 'shared/receive/receiveWebhook.ts',
        find: 'await deps.inbox.add(hookId, marks, entry)',
        replace: 'await deps.inbox.add(hookId, [deps.randomId()], entry)',
      },
      {
        file: 'shared/receive/receiveWebhook.ts',
        find: 'export const maxBodyDepth = 64;',
        replace: 'export const maxBodyDepth = 64;\nconst seenBy = new WeakMap<object, Set<string>>();',
      },
    ],
    aim: { isCalm: true, world: { ...small, processes: 2, inTools: 0.8, attacks: 30 }, rates: { hookTwice: 0.2 } },
    shortSeeds: [1],
  },
  {
    name: 'retry known by its unsigned id alone',
    patches: [
      {
        file: 'shared/receive/receiveWebhook.ts',
        find: 'await deps.inbox.remember(hookId, marks, receivedAt);',
        replace: 'await Promise.resolve();',
      },
    ],
    aim: {
      isCalm: true,
      world: { ...small, inTools: 0.9, attacks: 60, forgetfulShare: 0, schemes: ['zendesk'] },
      rates: { hookAnswerLost: 0.5 },
    },
    shortSeeds: [1, 2],
  },
  {
    name: 'tenant from body',
    patches: [
      {
        file: 'shared/receive/applyTicketChange.ts',
        find: 'deps.connections.get(taken.scope, taken.connectionId)',
        replace:
          'deps.connections.get((taken.body as { tenantId?: string }).tenantId ?? taken.scope, taken.connectionId)',
      },
    ],
    aim: { isCalm: true, world: { ...small, inTools: 0.8 } },
    shortSeeds: [1],
  },
  {
    name: 'signature over JSON made anew',
    patches: [
      {
        file: 'shared/receive/receiveWebhook.ts',
        find: 'return verifySignature(connection.inbound.scheme, { headers, body, keys, nowMs });',
        replace:
          "const anew = ((): Buffer => {\n    try {\n      return Buffer.from(JSON.stringify(JSON.parse(body.toString('utf8'))));\n    } catch {\n      return body;\n    }\n  })();\n  return verifySignature(connection.inbound.scheme, { headers, body: anew, keys, nowMs });",
      },
    ],
    aim: { isCalm: true, world: { ...small, inTools: 0.8, attacks: 20 } },
    shortSeeds: [1],
  },
  {
    name: 'missing secret passes',
    patches: [
      {
        file: 'shared/ticketing/signatures/verifySignature.ts',
        find: "return { ok: false, because: 'noKey' };",
        replace: 'return { ok: true, deliveryId: null, signedAtMs: null, isWeak: false };',
      },
    ],
    aim: { isCalm: true, world: { ...small, keylessShare: 0.6, attacks: 40 } },
    shortSeeds: [1],
  },
  {
    name: 'weak word acts',
    patches: [
      {
        file: 'shared/ticketing/rules/permission.ts',
        find: 'if (isWeak) return',
        replace: 'if (isWeak && !connection.enabled) return',
      },
    ],
    aim: { isCalm: true, world: { ...small, actions: 60, inTools: 0.8, schemes: ['header'] } },
    shortSeeds: [1],
  },
  {
    name: 'body not signed',
    patches: [
      {
        file: 'shared/ticketing/signatures/hubSha256.ts',
        find: 'const made = shown.keys.map((key) => hmacSha256(key, shown.body));',
        replace: 'const made = [mac ?? Buffer.alloc(0), ...shown.keys.map((key) => hmacSha256(key, shown.body))];',
      },
    ],
    aim: { isCalm: true, world: { ...small, attacks: 40, schemes: ['github', 'jira'] } },
    shortSeeds: [1],
  },
  {
    name: 'no echo test',
    patches: [
      {
        file: 'shared/ticketing/rules/planInbound.ts',
        find: 'if (event.actor !== null && event.actor.id === input.ownAccount)',
        replace: 'if (event.actor?.id === "")',
      },
      // What comes late is harmless by this alone.
      {
        file: 'shared/ticketing/rules/order.ts',
        find: 'return next?.over !== undefined && isSaid(next.over);',
        replace: 'return next?.over !== undefined && isSaid(next.over) && next.atMs < 0;',
      },
    ],
    aim: {
      isCalm: true,
      world: { ...small, hours: 3, incidents: 4, actions: 60, inTools: 0.05 },
      rates: { hookLate: 0.5 },
    },
    shortSeeds: [2, 5, 7],
  },
];
