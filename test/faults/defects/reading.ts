import type { Defect } from './defect';

/** Mistakes in asking and in believing what is answered. */
export const readingDefects: readonly Defect[] = [
  {
    name: 'gt',
    patches: [
      { file: 'shared/incidents/odataFilter.ts', find: '`${time} ge ${from}`', replace: '`${time} gt ${from}`' },
    ],
    aim: { rates: { tiesPerHour: 1 }, day: { rowsAPage: 5 } },
    shortSeeds: [1, 2],
  },
  {
    name: '$skip paging',
    patches: [
      {
        file: 'shared/sync/reading/readKeyset.ts',
        find: 'let position = slice.from;',
        replace: 'let position = slice.from;\n  let skipped = 0;',
      },
      {
        file: 'shared/sync/reading/readKeyset.ts',
        find: 'if (!isLast) next = ask(last);',
        replace:
          'if (!isLast) next = readPage({ from: slice.from, by, ...(slice.to === undefined ? {} : { to: slice.to }), skip: (skipped += page.incidents.length) });',
      },
    ],
    aim: { rates: { movesPerCall: 0.9 }, day: { rowsAPage: 6, changesPerHour: 20, history: 20 } },
    shortSeeds: [1, 2],
  },
  {
    name: '206 taken as 200',
    patches: [
      {
        file: 'shared/incidents/answerContent.ts',
        find: 'const isPartial = status === 206 || headers.warning !== undefined;',
        replace: 'const isPartial = false;',
      },
    ],
    aim: { rates: { partialPerCall: 0.2 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'quarantine drops the page',
    patches: [
      {
        file: 'shared/sync/reading/stepDown.ts',
        find: 'held.has(incident) ? [incident] : (found.get(incident.header.incidentId) ?? []),',
        replace:
          'filled.poisoned.length > 0 ? [] : held.has(incident) ? [incident] : (found.get(incident.header.incidentId) ?? []),',
      },
    ],
    aim: { rates: { expandFailsShare: 0.15 } },
    shortSeeds: [2, 5],
  },
  {
    name: 'string-compared times',
    patches: [
      {
        file: 'shared/sync/comparing/diff.ts',
        find: 'if (incident.version < known.version)',
        replace: "if (incident.version.replace(/0+Z$/, 'Z') < known.version.replace(/0+Z$/, 'Z'))",
      },
    ],
    aim: { rates: { latePerChange: 0.5, oddPerChange: 0.3 }, day: { changesPerHour: 20 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'tenant from body',
    patches: [
      {
        file: 'shared/incidents/incidentRows.ts',
        find: "if (named !== '' && named !== tenantId.toLowerCase())",
        replace: "if (named === 'nobody')",
      },
      {
        file: 'shared/sync/storing/pendingRow.ts',
        find: 'const header = toIncidentRow({ tenantId, ...incident }, digests, announced);',
        replace:
          'const header = toIncidentRow({ ...incident, tenantId: (incident.body.tenantId as string | undefined) ?? tenantId }, digests, announced);',
      },
      {
        file: 'shared/sync/storing/sendBatch.ts',
        find: 'const [only] = operations;',
        replace:
          "const foreign = operations.filter((each) => (each.kind === 'delete' ? each.partitionKey : each.row.partitionKey) !== tenantId);\n  for (const each of foreign) await table.write(each);\n  operations = operations.filter((each) => !foreign.includes(each));\n  const [only] = operations;",
      },
    ],
    aim: { rates: { foreignRowPerCall: 0.3 } },
    shortSeeds: [2, 3],
  },
  {
    name: 'coarse token cache',
    patches: [
      {
        file: 'shared/identity/tokenProvider.ts',
        find: '`${tenantId} ${cloud} ${clientId}`',
        replace: '`${cloud} ${clientId}`',
      },
    ],
    aim: { rates: {}, day: { tenants: 3 } },
    shortSeeds: [1, 2],
  },
  {
    name: 'per-process limiter',
    patches: [
      {
        file: 'shared/sync/run/tenantRun.ts',
        find: 'log: fence.state.calls,',
        replace: 'log: { hundredths: [], minutes: [] },',
      },
    ],
    aim: {
      // On this back end a poisoned incident costs dozens of calls with hardly a row.
      rates: { latePerTick: 0.6, expandFailsShare: 0.3 },
      day: {
        tenants: 1,
        defenderShare: 1,
        history: 10,
        hours: 1,
        tickMinutes: 1,
        intervalSeconds: 60,
        poisonHeals: true,
      },
    },
    shortSeeds: [1, 2],
  },
];
