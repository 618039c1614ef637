import '../../shared/http/quietTestMode';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createTestCloud } from '../../local/microsoft/testCloud';
import { createMemberGroups } from '../../../shared/http/callers/memberGroups';
import type { Route } from '../../../shared/http/route';
import { registeredRoutes } from '../../../shared/http/route';
import { noCounts } from '../../../shared/model/run';
import type { Tenant } from '../../../shared/model/tenant';
import { mustBeTime7 } from '../../../shared/model/time7';
import { newTenantState } from '../../../shared/model/tenantState';
import { newLink } from '../../../shared/model/link';
import { toJournalRow } from '../../../shared/store/journal';
import { toLinkRow } from '../../../shared/store/links';
import { openLanes } from '../../../shared/store/openLanes';
import { toEventRow } from '../../../shared/store/outbox';
import { plainConnection } from '../../support/plainConnection';
import { writeAccess } from '../../../shared/store/access';
import { toCoverageRow } from '../../../shared/store/coverage';
import { toQuarantineRow } from '../../../shared/store/quarantine';
import { writeTenantRun } from '../../../shared/store/tenantRuns';
import { toStateRow } from '../../../shared/store/tenantState';
import { toUsageRow } from '../../../shared/store/usage';
import { inProcessHome } from '../../shared/access/inProcessHome';
import type { HttpWorld, Reply } from '../../shared/http/httpWorld';
import { startHttpWorld } from '../../shared/http/httpWorld';
import { appOnly, homeTenantId, userClaims } from '../../shared/http/callers/tokenIssuer';
import { blocked, time, windowOf } from '../../shared/sync/coverage/coverageFacts';

const groupOf = (letter: string): string => `${letter.repeat(8)}-0000-4000-8000-000000000001`;
const [a, b, c, sealers] = [groupOf('a'), groupOf('b'), groupOf('c'), groupOf('d')];
const listedApp = '33333333-3333-4333-8333-333333333333';
const runId = '1795161600000-abcdefgh';
const entryId = 'entry-1';

interface Known extends Pick<Tenant, 'tenantId' | 'groups' | 'sealed'> {
  /** What stands in answers about this tenant and in no other. */
  readonly words: readonly string[];
  /** Of its incidents alone. */
  readonly incidentWords: readonly string[];
}

const kinds: readonly { readonly groups: readonly string[]; readonly sealed?: boolean; readonly count: number }[] = [
  { groups: [a], count: 5 },
  { groups: [b], count: 8 },
  { groups: [a, b], count: 3 },
  { groups: [c, listedApp], count: 5 },
  { groups: [sealers], sealed: true, count: 5 },
  { groups: [], sealed: true, count: 3 },
  { groups: [], count: 3 },
];

let world: HttpWorld;
let tenants: readonly Known[];
/** In more groups than a token names, `a` among them. */
let crowded: string;
const before = { ...process.env };

beforeAll(async () => {
  for (const file of readdirSync('functions/api')) await import(join(process.cwd(), 'functions/api', file));
  for (const folder of readdirSync('functions')) {
    const file = join(process.cwd(), 'functions', folder, 'http.ts');
    if (existsSync(file)) await import(file);
  }
  world = await startHttpWorld();
  const all = kinds.flatMap(({ groups, sealed = false, count }) =>
    Array.from({ length: count }, () => ({ groups, sealed })),
  );
  tenants = await Promise.all(all.map(({ groups, sealed }, nth) => fill(nth, groups, sealed)));
  const state = await createTestCloud({ incidentsPerTenant: 0 });
  const person = state.users.of(state.world.homeTenant)[2]!;
  person.groups = [
    ...Array.from({ length: 400 }, (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`),
    a,
  ];
  crowded = person.objectId;
  const graph = { ...inProcessHome(state, ['GroupMember.Read.All']), tenantId: homeTenantId };
  const memberGroups = createMemberGroups(graph);
  const asIs = world.services.memberGroups;
  Object.assign(world.services, {
    memberGroups: {
      resolve: (caller: Parameters<typeof asIs.resolve>[0]) =>
        (caller.objectId === crowded ? memberGroups : asIs).resolve(caller),
    },
  });
}, 120_000);
afterAll(async () => {
  process.env = before;
  await world.stop();
});

/** A tenant with something of everything that any route may show. */
const fill = async (nth: number, groups: readonly string[], sealed: boolean): Promise<Known> => {
  const mark = `canary${nth.toString(36).padStart(3, '0')}`;
  const tenantId = `${(0xc0ffee00 + nth).toString(16)}-0000-4000-8000-${String(nth).padStart(12, '0')}`;
  const { services } = world;
  const { incidents } = services.storage;
  await world.putTenant({
    tenantId,
    groups,
    sealed,
    name: `${mark}name`,
    attributes: { note: `${mark}attribute` },
    partnership: {
      relationshipId: 'r',
      name: `${mark}relation`,
      status: 'active',
      endsAt: '2026-11-22T00:00:00.000Z',
      autoExtends: false,
    },
  });
  for (let incident = 1; incident <= 3; incident += 1)
    await world.store({
      tenantId,
      id: `${nth * 10 + incident}`,
      updated: `2026-11-20T0${incident}:00:00Z`,
      displayName: `${mark}title ${incident}`,
      assignedTo: `${mark}owner@contoso.example`,
      severity: incident === 1 ? 'high' : 'medium',
    });
  const state = {
    ...newTenantState,
    cursor: { ...newTenantState.cursor, readThrough: time('11-20 07:58') },
    lastSuccess: '2026-11-19T00:00:00.000Z',
    window: windowOf(time('11-20 02:00'), time('11-20 07:58')),
    stored: 3,
    quarantined: 1,
    totals: { ...noCounts, calls: 7 },
    month: { month: '202611', totals: noCounts },
  };
  await incidents.write({ kind: 'insert', row: toStateRow(tenantId, state) });
  await incidents.write({
    kind: 'insert',
    row: toCoverageRow(tenantId, windowOf(time('11-19 00:00'), time('11-20 02:00'))),
  });
  await incidents.write({ kind: 'insert', row: toUsageRow(tenantId, { month: '202610', counts: noCounts }) });
  await incidents.write({
    kind: 'insert',
    row: toQuarantineRow(tenantId, {
      incidentId: `${mark}broken`,
      version: mustBeTime7('2026-11-20T01:00:00Z', 'version'),
      stage: 'whole',
      reason: `${mark}reason`,
      attempts: 1,
      nextTry: '2026-11-20T09:00:00.000Z',
      since: '2026-11-20T01:00:00.000Z',
    }),
  });
  const access = { ...blocked, cure: `${mark}cure`, link: `https://login.example/${mark}link`, raw: `${mark}raw` };
  await writeAccess(tenantId, incidents, access);
  await writeTenantRun(incidents, {
    runId,
    tenantId,
    state: 'failed',
    startedAt: '2026-11-20T07:00:00.000Z',
    seconds: 1,
    code: 'ERR_CONSENT',
    reason: `${mark}why`,
    counts: noCounts,
  });
  await services.due.add(tenantId, services.clock.now());
  const incidentId = `${nth * 10 + 1}`;
  const connection = { ...plainConnection, scope: tenantId, connectionId: 'desk', url: `https://${mark}desk.example` };
  await services.connections.put({ ...connection, hookId: nth.toString(16).padStart(32, '0') });
  const version = mustBeTime7('2026-11-20T01:00:00Z', 'version');
  const event = { eventId: `evt_${mark}`, tenantId, connectionId: 'desk', incidentId, type: 'created' } as const;
  await openLanes(services.storage.index).add(tenantId, [{ targetId: 'desk', incidentId }]);
  await incidents.write({ kind: 'insert', row: toEventRow({ ...event, version, watchedDigest: 'w' }) });
  const ticket = {
    ticketId: '1',
    number: `${mark}INC1`,
    url: null,
    generation: 1,
    state: 'open',
    version: null,
  } as const;
  const link = { ...newLink(tenantId, 'desk', incidentId), tickets: [{ ...ticket, createdAt: event.eventId }] };
  await incidents.write({ kind: 'insert', row: toLinkRow(link, null) });
  const entry = {
    entryId,
    tenantId,
    incidentId,
    targetId: 'desk',
    field: 'status',
    value: 'active',
    holds: 'resolved',
  } as const;
  const by = { side: 'ticket', actor: `${mark}actor`, because: `${mark}because`, state: 'open' } as const;
  const undecided = { decidedBy: null, decidedAt: null, at: '2026-11-20T01:00:00.000Z' };
  await incidents.write({ kind: 'insert', row: toJournalRow({ ...entry, ...by, ...undecided, kind: 'overruled' }) });
  return { tenantId, groups, sealed, words: [tenantId, mark], incidentWords: [`${mark}title`, `${mark}owner`] };
};

interface Probing {
  readonly name: string;
  readonly claims: Record<string, unknown>;
  /** Whether this caller may know of the tenant, by the contract's words. */
  readonly sees: (tenant: Known) => boolean;
  /** And read its incidents. */
  readonly reads: (tenant: Known) => boolean;
  /** Default `all`. */
  readonly ungrouped?: 'admins';
}

const inGroups =
  (...groups: readonly string[]) =>
  ({ groups: listed }: Known): boolean =>
    listed.length === 0 || listed.some((one) => groups.includes(one));
const person = (name: string, roles: string[], groups: readonly string[]): Probing => {
  const sees = inGroups(...groups);
  return { name, claims: { roles, groups }, sees, reads: sees };
};
const callers = (): readonly Probing[] => [
  person('Reader of a', ['Relay.Reader'], [a]),
  person(
    'Reader of A in capitals',
    ['Relay.Reader'],
    [a.toUpperCase()].map((group) => group.toLowerCase()),
  ),
  person('Analyst of b', ['Relay.Analyst'], [b]),
  person('Responder of a', ['Relay.Responder'], [a]),
  person('Reader of c and a', ['Relay.Reader'], [c, a]),
  person('Reader in no group', ['Relay.Reader'], []),
  { ...person('Reader of a, ungrouped for admins', ['Relay.Reader'], [a]), ungrouped: 'admins', ...strictly(a) },
  {
    name: 'Reader, groups looked up',
    claims: { oid: crowded, _claim_names: { groups: 'src1' } },
    sees: inGroups(a),
    reads: inGroups(a),
  },
  // Their own groups are not known, so nothing that groups decide is shown.
  {
    name: 'Reader, groups unknown',
    claims: { _claim_names: { groups: 'src1' }, groups: [a] },
    sees: inGroups(),
    reads: inGroups(),
  },
  {
    name: 'App that is listed',
    claims: { ...appOnly, oid: listedApp, sub: listedApp },
    sees: inGroups(listedApp),
    reads: inGroups(listedApp),
  },
  {
    name: 'App that claims groups',
    claims: { ...appOnly, groups: [a, b, c, sealers] },
    sees: inGroups(),
    reads: inGroups(),
  },
  { name: 'Admin', claims: { roles: ['Relay.Admin'], groups: [a] }, sees: () => true, reads: adminReads(a) },
];
const strictly = (...groups: readonly string[]): Pick<Probing, 'sees' | 'reads'> => {
  const isListed = ({ groups: listed }: Known): boolean => listed.some((one) => groups.includes(one));
  return { sees: isListed, reads: isListed };
};
const adminReads =
  (...groups: readonly string[]) =>
  ({ groups: listed, sealed }: Known): boolean =>
    !sealed || listed.some((one) => groups.includes(one));

/** Each tenant of a kind stands for the others: the first and the last of each. */
const targets = (): readonly Known[] => {
  let at = 0;
  return kinds.flatMap(({ count }) => {
    const [first, last] = [tenants[at]!, tenants[at + count - 1]!];
    at += count;
    return [first, last];
  });
};

/** The second of a kind in capitals. */
const withTenant = ({ tenantId }: Known, at: number): readonly string[] => [
  at % 2 === 0 ? tenantId : tenantId.toUpperCase(),
];
const malformed = ['x', '*', "' or 1 eq 1", '..', homeTenantId, '00000000-0000-0000-0000-000000000000'];

interface Probe {
  readonly route: Route;
  readonly verb: string;
  readonly params: Record<string, string>;
  readonly query: Record<string, string>;
}

/** Every method of every route: with each tenant in its path, or with each way of asking a list for one. */
const probes = (): readonly Probe[] => {
  const target = targets();
  return registeredRoutes().flatMap((route) =>
    Object.keys(route.methods).flatMap((verb): Probe[] => {
      if (!route.path.includes('{tenantId}')) return listQueries(route, verb, target);
      const ids = [...target.flatMap(withTenant), ...malformed];
      return ids.flatMap((tenantId, at) => {
        const nth = tenants.findIndex((one) => one.tenantId === tenantId.toLowerCase());
        const params = {
          tenantId,
          incidentId: `${nth * 10 + 1}`,
          runId,
          linkId: 'NoSuchLinkNoSuchLinkNoSuchLink00',
          connectionId: 'desk',
          entryId,
          eventId: `evt_canary${nth.toString(36).padStart(3, '0')}`,
        };
        const queries: Record<string, string>[] = [{}];
        if (route.path.endsWith('coverage')) queries.push({ from: '2026-11-19T00:00:00Z', to: '2026-11-20T07:00:00Z' });
        if (at % 4 === 0) queries.push({ what: 'ever' });
        return queries.map((query) => ({ route, verb, params, query }));
      });
    }),
  );
};

const listQueries = (route: Route, verb: string, target: readonly Known[]): Probe[] => {
  const queries: Record<string, string>[] = [
    {},
    { limit: '200' },
    { limit: '1' },
    { limit: '0' },
    { continue: 'x' },
    { what: 'ever' },
  ];
  if (route.path === 'incidents') {
    for (const { tenantId, incidentWords } of target)
      queries.push(
        { tenantId },
        { tenantId: tenantId.toUpperCase(), status: 'all' },
        { q: incidentWords[0]! },
        { assignedTo: `${incidentWords[1]!}@contoso.example` },
      );
    for (const group of [a, b, c, sealers, listedApp])
      queries.push({ group }, { group: group.toUpperCase(), limit: '200' });
    queries.push({ sort: 'severity', limit: '200' }, { status: 'all', limit: '200' }, { q: 'canary', limit: '200' });
  }
  if (route.path === 'usage') queries.push({ month: '2026-10' }, { month: '2026-11', limit: '200' });
  if (route.path === 'coverage')
    queries.push({ from: '2026-11-19T00:00:00Z', to: '2026-11-20T07:00:00Z', limit: '200' });
  const linkId = 'NoSuchLinkNoSuchLinkNoSuchLink00';
  return queries.map((query) => ({ route, verb, params: { linkId }, query }));
};

const changing = new Set(['PUT', 'DELETE', 'PATCH']);

test('callers limited to groups get no byte about another group’s tenant from any route', async () => {
  const all = probes();
  const rows: { caller: string; probes: number; answered: number; leaks: number; found: number }[] = [];
  const leaks: string[] = [];
  const differing: string[] = [];
  for (const caller of callers()) {
    world.configure({ ungroupedTenants: caller.ungrouped ?? 'all' });
    const isAdmin = caller.name === 'Admin';
    const hidden = tenants.flatMap((tenant) => [
      ...(caller.sees(tenant) ? [] : tenant.words),
      ...(caller.reads(tenant) ? [] : tenant.incidentWords),
    ]);
    const shown = tenants.filter(caller.sees).map(({ tenantId }) => tenantId);
    const authorization = `Bearer ${await world.issuer.sign({ ...userClaims(world.issuer.issuer), ...caller.claims })}`;
    const ask = ({ route, verb, params, query }: Probe): Promise<Reply> =>
      world.ask(route, verb, {
        as: null,
        params: paramsOf(route, params),
        query,
        headers: { authorization },
        ...(verb === 'POST' || verb === 'PUT' ? { body: { name: 'x' } } : {}),
      });
    const unknown = new Map<string, string>();
    let answered = 0;
    let leaked = 0;
    const seen = new Set<string>();
    // An admin may change and remove: only what it reads is asked for.
    const asked = all.filter(({ verb }) => !isAdmin || verb === 'GET');
    for (const probe of asked) {
      const { route, verb, params, query } = probe;
      const reply = await ask(probe);
      const text = `${reply.text}\n${[...reply.headers].join('\n')}`.toLowerCase();
      if (reply.status < 300) answered += 1;
      const found = hidden.filter((word) => text.includes(word));
      if (found.length > 0) {
        leaked += 1;
        leaks.push(`${caller.name}: ${verb} ${route.path} ${JSON.stringify({ params, query })}: ${found.join()}`);
      }
      for (const tenantId of shown) if (text.includes(tenantId)) seen.add(tenantId);
      if (reply.status !== 404 || Object.keys(query).length > 0) continue;
      const key = `${verb} ${route.path}`;
      const usual = unknown.get(key) ?? reply.text;
      unknown.set(key, usual);
      if (reply.text !== usual) differing.push(`${caller.name}: ${key} ${JSON.stringify(params)}`);
    }
    rows.push({ caller: caller.name, probes: asked.length, answered, leaks: leaked, found: seen.size });
    // Lists are refused to those whose groups are not known; what is for everyone they may ask for by name.
    const byName = targets().map(({ tenantId }) => tenantId);
    const mustBeSeen = caller.name === 'Reader, groups unknown' ? shown.filter((one) => byName.includes(one)) : shown;
    expect([caller.name, [...seen].toSorted()]).toEqual([caller.name, mustBeSeen.toSorted()]);
  }
  const line = (cells: readonly (string | number)[]): string =>
    `  ${String(cells[0]).padEnd(36)}${cells
      .slice(1)
      .map((cell) => String(cell).padStart(10))
      .join('')}`;
  const table = rows.map((row) => line([row.caller, row.probes, row.answered, row.found, row.leaks]));
  process.stdout.write(`\n${line(['caller', 'probes', 'answered', 'tenants', 'leaks'])}\n${table.join('\n')}\n`);
  expect(leaks).toEqual([]);
  expect(differing).toEqual([]);
  expect(rows.reduce((sum, { probes: count }) => sum + count, 0)).toBeGreaterThan(5_000);
  expect([...new Set(all.map(({ route }) => route.name))].toSorted()).toEqual(
    registeredRoutes()
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(all.some(({ verb }) => changing.has(verb))).toBe(true);
}, 600_000);

const paramsOf = (route: Route, params: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => route.path.includes(`{${name}}`)));
