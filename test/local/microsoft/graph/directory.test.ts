import { issueToken } from '../../../../local/microsoft/entra/claims';
import { answerGraph } from '../../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestClock, createTestCloud, firstTenant, refusal } from '../testCloud';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ tenants: 12, incidentsPerTenant: 0, clock });
});

const home = () => state.world.homeTenant;
const token = (roles: string[], tenantId = home().tenantId): Promise<string> =>
  issueToken(state, { tenantId, audience: 'https://graph.microsoft.com', roles });
const ask = async (url: string, bearer: Promise<string>, body?: unknown) =>
  answerGraph(state, {
    method: body === undefined ? 'GET' : 'POST',
    url,
    headers: { authorization: `Bearer ${await bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe('delegated admin relationships', () => {
  interface Page {
    value: {
      id: string;
      displayName: string;
      status: string;
      endDateTime: string;
      duration: string;
      autoExtendDuration: string;
      customer: { tenantId: string; displayName: string };
      accessDetails: { unifiedRoles: { roleDefinitionId: string }[] };
    }[];
    '@odata.nextLink'?: string;
  }
  const path = '/v1.0/tenantRelationships/delegatedAdminRelationships';
  const list = async (query = ''): Promise<Page> =>
    JSON.parse((await ask(path + query, token(['DelegatedAdminRelationship.Read.All']))).body) as Page;

  test('show each customer with its roles, and how long it lasts', async () => {
    const { value } = await list();
    expect(value.map(({ customer }) => customer.tenantId)).toEqual(state.world.tenants.map(({ tenantId }) => tenantId));
    expect(new Set(value.map(({ id }) => id)).size).toBe(12);
    expect(value[3]).toMatchObject({
      status: 'active',
      displayName: expect.stringMatching(/^.{1,50}$/) as string,
      endDateTime: '2026-11-25T12:00:00.0000000Z',
      duration: 'P730D',
      autoExtendDuration: 'PT0S',
      accessDetails: {
        unifiedRoles: [
          { roleDefinitionId: '5d6b6bb7-de71-4623-b4af-96380a352509' },
          { roleDefinitionId: '5f2222b1-57c3-48ba-8ad5-d4759f1fde6f' },
        ],
      },
    });
    expect(value[4]?.status).toBe('expired');
  });

  test('come page by page, all of one status', async () => {
    const found: string[] = [];
    let pages = 0;
    for (let query: string | undefined = "?$filter=status eq 'active'&$top=4"; query !== undefined; pages += 1) {
      const page: Page = await list(query);
      expect(page.value.length).toBeLessThanOrEqual(4);
      found.push(...page.value.map(({ customer }) => customer.tenantId));
      query = page['@odata.nextLink']?.slice(`${state.urls.graph}${path}`.length);
    }
    expect(pages).toBe(3);
    const active = state.world.tenants.filter(({ index }) => index % 5 !== 4);
    expect(found).toEqual(active.map(({ tenantId }) => tenantId));
  });

  test('end by themselves, and when someone ends them', async () => {
    const statuses = async () => (await list()).value.slice(0, 4).map(({ status }) => status);
    expect(await statuses()).toEqual(['active', 'active', 'active', 'active']);
    clock.advance(6 * 86_400);
    expect(await statuses()).toEqual(['active', 'active', 'active', 'expired']);
    state.partnerships.change(firstTenant(state), { status: 'terminated' });
    expect(await statuses()).toEqual(['terminated', 'active', 'active', 'expired']);
  });

  test('are nobody’s but the provider’s', async () => {
    const bearer = token(['DelegatedAdminRelationship.Read.All'], firstTenant(state).tenantId);
    expect(JSON.parse((await ask(path, bearer)).body)).toMatchObject({ value: [] });
  });

  test.each([['?$top=301'], ['?$top=0'], ['?$orderby=status'], ['?$filter=id eq 1'], ['?$skipToken=x']])(
    '%s is refused',
    async (query) => {
      const bearer = token(['DelegatedAdminRelationship.Read.All']);
      expect(refusal(await ask(path + query, bearer))).toMatchObject({ status: 400, code: 'BadRequest' });
    },
  );

  test('need their permission', async () => {
    expect(refusal(await ask(path, token(['SecurityIncident.Read.All'])))).toMatchObject({
      status: 403,
      code: 'Authorization_RequestDenied',
    });
  });
});

describe('getMemberGroups', () => {
  const path = (id: string): string => `/v1.0/users/${id}/getMemberGroups`;
  const body = { securityEnabledOnly: true };

  test('names all groups of a user, by id or name', async () => {
    const user = state.users.of(home())[1]!;
    user.groups = Array.from({ length: 250 }, (_, index) => `group ${index}`);
    for (const id of [user.objectId, user.userPrincipalName]) {
      const answer = await ask(path(id), token(['GroupMember.Read.All']), body);
      expect((JSON.parse(answer.body) as { value: string[] }).value).toEqual(user.groups);
    }
  });

  test.each<[string, () => Promise<{ status: number; code: string }>, number, string]>([
    [
      'another permission',
      async () => refusal(await ask(path('x'), token(['User.Read.All']), body)),
      403,
      'Authorization_RequestDenied',
    ],
    [
      'a user of another tenant',
      async () => {
        const { objectId } = state.users.of(firstTenant(state))[1]!;
        return refusal(await ask(path(objectId), token(['Directory.Read.All']), body));
      },
      404,
      'Request_ResourceNotFound',
    ],
    [
      'another body',
      async () => refusal(await ask(path('x'), token(['GroupMember.Read.All']), { all: true })),
      400,
      'BadRequest',
    ],
    ['GET', async () => refusal(await ask(path('x'), token(['GroupMember.Read.All']))), 405, 'MethodNotAllowed'],
  ])('is refused with %s', async (_, make, status, code) => {
    expect(await make()).toMatchObject({ status, code });
  });

  test('is refused beyond what it can name', async () => {
    const user = state.users.of(home())[1]!;
    user.groups = Array.from({ length: 2_047 }, (_, index) => `group ${index}`);
    const answer = await ask(path(user.objectId), token(['GroupMember.Read.All']), body);
    expect(refusal(answer)).toMatchObject({ status: 400, code: 'Directory_ResultSizeLimitExceeded' });
  });
});
