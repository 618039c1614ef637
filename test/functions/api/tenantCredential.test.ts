import '../../shared/http/quietTestMode';
import { tenant, tenants } from '../../../functions/api/tenants';
import { AuthError, UpstreamError } from '../../../shared/errors';
import { openApi } from '../../../shared/http/openApi';
import { writeAccess } from '../../../shared/store/access';
import type { Access } from '../../../shared/model/access';
import type { HttpWorld, Reply } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';

const clientId = '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d';
const another = '1a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d';
/** Must be found in the vault and nowhere else. */
const canary = 'canary~8Q~zXw-7f3a.NoSuchTextAnywhereElse_';
const answers: string[] = [];

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());

let last = 0;
const newId = (): string => `88888888-7777-4777-8777-${(last += 1).toString(16).padStart(12, '0')}`;
const noting = async (reply: Promise<Reply>): Promise<Reply> => {
  const got = await reply;
  answers.push(got.text);
  return got;
};
const put = (tenantId: string, credential: unknown, more: object = {}): Promise<Reply> =>
  noting(world.ask(tenant, 'PUT', { as: admin, params: { tenantId }, body: { name: 'A', credential, ...more } }));
const get = (tenantId: string): Promise<Reply> => noting(world.ask(tenant, 'GET', { as: admin, params: { tenantId } }));
const remove = (tenantId: string, query: Record<string, string> = {}): Promise<Reply> =>
  noting(world.ask(tenant, 'DELETE', { as: admin, params: { tenantId }, query }));
const fieldsOf = ({ json }: Reply): string[] => json.errors.map(({ field }) => field).sort();
const nameOf = (tenantId: string): string => `tenant-${tenantId}-secret`;

describe('a secret that is put', () => {
  test('goes into the vault under the tenant’s name, and is never shown', async () => {
    const tenantId = newId();
    const reply = await put(tenantId, { kind: 'secret', clientId: clientId.toUpperCase(), secret: canary });
    expect([reply.status, reply.json.credential]).toEqual([201, { kind: 'secret', clientId }]);
    expect(world.vault.secrets.get(nameOf(tenantId))).toBe(canary);
    expect((await get(tenantId)).json.credential).toEqual({ kind: 'secret', clientId });
    const list = await noting(world.ask(tenants, 'GET', { as: admin }));
    expect(list.json.items.find((each) => each.tenantId === tenantId)?.credential).toEqual({
      kind: 'secret',
      clientId,
    });
  });

  test('stays where the body put back is the one that was shown', async () => {
    const tenantId = newId();
    await put(tenantId, { kind: 'secret', clientId, secret: canary });
    expect((await put(tenantId, (await get(tenantId)).json.credential)).status).toBe(200);
    expect(world.vault.secrets.get(nameOf(tenantId))).toBe(canary);
  });

  test('makes the tokens got with the old one forgotten', async () => {
    const tenantId = newId();
    await put(tenantId, { kind: 'secret', clientId, secret: 'first' });
    await put(tenantId, { kind: 'secret', clientId, secret: 'second' });
    expect(world.vault.secrets.get(nameOf(tenantId))).toBe('second');
    expect(world.forgotten.filter((each) => each === tenantId)).toHaveLength(2);
  });

  test.each([
    ['a credential left out', undefined],
    ['null', null],
    ['another kind', { kind: 'certificate', clientId }],
  ])('is deleted from the vault by %s', async (_, credential) => {
    const tenantId = newId();
    await put(tenantId, { kind: 'secret', clientId, secret: canary });
    expect((await put(tenantId, credential)).json.credential).toEqual(credential ?? null);
    expect(world.vault.secrets.has(nameOf(tenantId))).toBe(false);
  });

  test('is needed for an application that none is kept for', async () => {
    const tenantId = newId();
    expect(fieldsOf(await put(tenantId, { kind: 'secret', clientId }))).toEqual(['credential.secret']);
    expect((await get(tenantId)).status).toBe(404);
    await put(tenantId, { kind: 'secret', clientId, secret: canary });
    expect(fieldsOf(await put(tenantId, { kind: 'secret', clientId: another }))).toEqual(['credential.secret']);
    await put(tenantId, { kind: 'federated', clientId });
    expect(fieldsOf(await put(tenantId, { kind: 'secret', clientId }))).toEqual(['credential.secret']);
  });

  test.each([
    ['a secret for a certificate', { kind: 'certificate', clientId, secret: canary }, ['credential.secret']],
    ['an empty one', { kind: 'secret', clientId, secret: '' }, ['credential.secret']],
    ['a line end', { kind: 'secret', clientId, secret: `${canary}\n` }, ['credential.secret']],
    ['a space at the end', { kind: 'secret', clientId, secret: `${canary} ` }, ['credential.secret']],
    ['too long a one', { kind: 'secret', clientId, secret: canary.repeat(25) }, ['credential.secret']],
    ['no application', { kind: 'secret', secret: canary }, ['credential.clientId']],
    ['an unknown kind', { kind: 'password', clientId, secret: canary }, ['credential.kind']],
    ['an unknown field', { kind: 'secret', clientId, secret: canary, name: 'x' }, ['credential.name']],
  ])('is refused with %s, and nothing is stored', async (_, credential, fields) => {
    const tenantId = newId();
    const reply = await put(tenantId, credential);
    expect([reply.status, fieldsOf(reply)]).toEqual([400, fields]);
    expect(world.vault.secrets.has(nameOf(tenantId))).toBe(false);
  });

  test('that the vault does not take leaves the tenant as it was', async () => {
    const tenantId = newId();
    world.vault.failWith(new UpstreamError('the vault is away'));
    expect((await put(tenantId, { kind: 'secret', clientId, secret: canary })).status).toBe(503);
    world.vault.failWith(new AuthError('denied', 'Key Vault 403', { reason: 'vaultDenied' }));
    expect((await put(tenantId, { kind: 'secret', clientId, secret: canary })).json.code).toBe('ERR_AUTH');
    expect((await get(tenantId)).status).toBe(404);
    expect((await put(tenantId, { kind: 'secret', clientId, secret: canary })).status).toBe(201);
  });
});

describe('another cloud', () => {
  test('is taken with an application of its own', async () => {
    const tenantId = newId();
    const elsewhere = { cloud: 'usgov' };
    expect(fieldsOf(await put(tenantId, undefined, elsewhere))).toEqual(['cloud']);
    expect(fieldsOf(await put(tenantId, { kind: 'federated', clientId }, elsewhere))).toEqual(['credential.kind']);
    const reply = await put(tenantId, { kind: 'secret', clientId, secret: canary }, elsewhere);
    expect([reply.status, reply.json.cloud]).toEqual([201, 'usgov']);
  });
});

describe('a tenant that is removed', () => {
  test.each([{}, { erase: 'true' }])(
    'loses its secret, and the receipt says so: %j',
    async (query: Record<string, string>) => {
      const tenantId = newId();
      await put(tenantId, { kind: 'secret', clientId, secret: canary });
      const receipt = await remove(tenantId, query);
      expect([receipt.status, receipt.json.credential]).toEqual([
        200,
        { kind: 'secret', clientId, vault: { name: nameOf(tenantId), state: 'deleted' } },
      ]);
      expect(world.vault.secrets.has(nameOf(tenantId))).toBe(false);
      expect(world.forgotten.at(-1)).toBe(tenantId);
      expect(fieldsOf(await put(tenantId, { kind: 'secret', clientId }))).toEqual(['credential.secret']);
    },
  );

  test('leaves a certificate to whoever made it, and nothing where nothing lay in a vault', async () => {
    const [certified, trusted] = [newId(), newId()];
    await put(certified, { kind: 'certificate', clientId });
    await put(trusted, { kind: 'federated', clientId });
    expect((await remove(certified)).json.credential).toEqual({
      kind: 'certificate',
      clientId,
      vault: { name: `tenant-${certified}-cert`, state: 'left' },
    });
    expect((await remove(trusted)).json.credential).toEqual({ kind: 'federated', clientId, vault: null });
  });

  test('while the vault is away stays, switched off, until it is removed again', async () => {
    const tenantId = newId();
    await put(tenantId, { kind: 'secret', clientId, secret: canary });
    world.vault.failWith(new UpstreamError('the vault is away'));
    expect((await remove(tenantId)).status).toBe(503);
    expect((await get(tenantId)).json.enabled).toBe(false);
    expect((await remove(tenantId)).status).toBe(200);
    expect(world.vault.secrets.has(nameOf(tenantId))).toBe(false);
  });

  test('where the vault refuses us goes all the same, and the receipt names what is left', async () => {
    const tenantId = newId();
    await put(tenantId, { kind: 'secret', clientId, secret: canary });
    world.vault.failWith(new AuthError('denied', 'Key Vault 403', { reason: 'vaultDenied' }));
    expect((await remove(tenantId)).json.credential).toMatchObject({ vault: { state: 'left' } });
    expect((await get(tenantId)).status).toBe(404);
  });
});

test('access is told by registration: one that is refused does not hide the other', async () => {
  const tenantId = newId();
  const { incidents } = world.services.storage;
  const granted: Access = {
    ...{ state: 'granted', reason: null, code: null, raw: null, cure: null, link: null },
    ...{ since: '2026-11-20T07:00:00.000Z', blockedUntil: null },
  };
  await put(tenantId, null);
  await writeAccess(tenantId, incidents, granted);
  const shown = { ...granted, blockedUntil: undefined };
  expect((await get(tenantId)).json.access).toEqual({ ...shown, reader: shown, registrations: { reader: shown } });
  expect((await put(tenantId, null, { backend: 'defender' })).status).toBe(200);
  const refused: Access = { ...granted, state: 'blocked', reason: 'resourceMissing', cure: 'License it.' };
  await writeAccess(tenantId, incidents, refused, 'defender');
  const { json } = await get(tenantId);
  expect(json).toMatchObject({
    access: {
      state: 'blocked',
      reason: 'resourceMissing',
      registrations: { reader: { state: 'granted' }, defender: { state: 'blocked', reason: 'resourceMissing' } },
    },
    health: { state: 'down', reasons: ['License it.'] },
  });
});

test('the secret’s text is in no answer, no row and no line of the log', async () => {
  expect(answers.length).toBeGreaterThan(30);
  for (const text of answers) expect(text).not.toContain(canary);
  expect(JSON.stringify(world.logged)).not.toContain(canary);
  const { tenants: registered, incidents, index, runs } = world.services.storage;
  for (const table of [registered, incidents, index, runs])
    for await (const page of table.pages({})) expect(JSON.stringify(page)).not.toContain(canary);
});

test('the description of the API marks the secret as one that is only written', () => {
  expect(JSON.stringify(openApi([tenant]))).toMatch(/"secret":\{[^}]*"writeOnly":true/);
});
