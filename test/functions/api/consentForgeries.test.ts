import '../../shared/http/quietTestMode';
import { createHmac } from 'node:crypto';
import { sealPlace } from '../../../shared/http/input/continueToken';
import { sealState } from '../../../shared/onboarding/consentState';
import { linkHash } from '../../../shared/onboarding/linkId';
import { continueKey } from '../../../shared/store/continueKey';
import type { ConsentWorld } from './consentWorld';
import { startConsentWorld } from './consentWorld';

type Query = readonly (readonly [string, string])[];

/** An answer that would be taken, but for one thing. */
interface Variant {
  readonly what: string;
  readonly query: Query;
}

let world: ConsentWorld;
beforeAll(async () => {
  world = await startConsentWorld();
});
afterAll(() => world.stop());

const minuteMs = 60_000;
const answer = (tenantId: string, state: string, changes: Record<string, string> = {}): Query =>
  Object.entries({ admin_consent: 'True', tenant: tenantId, scope: 'x', state, ...changes });

/** A customer who consented, and a link to it: only the answer is at fault. */
const target = async (registration = 'reader'): Promise<{ tenantId: string; linkId: string }> => {
  const tenantId = await world.newTenant();
  world.identity.cloud.setConsent(tenantId, world.identity.cloud.readerClientId, true);
  return { tenantId, linkId: (await world.link(tenantId, { registration })).linkId };
};

/** Nothing of `variants` may be taken, show anything, ask Entra anything or change anything; the true answer still may. */
const expectNoneTaken = async (tenantId: string, variants: readonly Variant[]): Promise<void> => {
  const calls = world.tokenCalls(tenantId);
  const taken: string[] = [];
  const titles = new Set<string>();
  for (const { what, query } of variants) {
    const { status, title } = await world.comeBack(query);
    titles.add(`${status} ${title}`);
    if (status !== 400) taken.push(what);
  }
  expect(taken).toEqual([]);
  expect([...titles]).toEqual(['400 This link does not work']);
  expect((await world.access(tenantId)).state).toBe('pending');
  expect(world.tokenCalls(tenantId)).toBe(calls);
  expect(await world.isDue(tenantId)).toBe(false);
};

const flipped = (text: string, at: number): string => {
  const bytes = Buffer.from(text, 'latin1');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('latin1');
};

test('a state with any one bit turned, cut or grown is not ours', async () => {
  const { tenantId, linkId } = await target();
  const state = await world.stateOf(linkId);
  const [content = '', mac = ''] = state.split('.');
  const again = (change: (told: Record<string, unknown>) => object): string => {
    const told = JSON.parse(Buffer.from(content, 'base64url').toString()) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...told, ...change(told) })).toString('base64url');
  };
  const states: [string, string][] = [
    ...Array.from(state, (_, at): [string, string] => [`bit of character ${at}`, flipped(state, at)]),
    ['empty', ''],
    ['content alone', content],
    ['no content', `.${mac}`],
    ['no mac', `${content}.`],
    ['cut by one', state.slice(0, -1)],
    ['grown by one', `${state}A`],
    ['padded', `${state}=`],
    ['three parts', `${state}.${mac}`],
    ['a space before', ` ${state}`],
    ['a line end', `${state}\n`],
    ['twice', `${state}${state}`],
    ['oversized', `${state}${'A'.repeat(5_000)}`],
    ['all null', '\0'.repeat(state.length)],
    ['another alphabet', state.replaceAll('-', '+').replaceAll('_', '/').concat('+')],
    ['a tenant put in', `${again(() => ({ tenantId: '99999999-9999-4999-8999-999999999999' }))}.${mac}`],
    ['a registration put in', `${again(() => ({ registration: 'writer' }))}.${mac}`],
    ['a time put in', `${again(({ madeAtMs }) => ({ madeAtMs: Number(madeAtMs) + 1 }))}.${mac}`],
    ['a nonce put in', `${again(() => ({ nonce: '0'.repeat(32) }))}.${mac}`],
    ['a link put in', `${again(() => ({ linkHash: linkHash('A'.repeat(32)) }))}.${mac}`],
    ['no key', `${content}.${createHmac('sha256', '').update(content).digest('base64url')}`],
    ['alg none', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${content}.`],
  ];
  expect(states.length).toBeGreaterThan(350);
  await expectNoneTaken(
    tenantId,
    states.map(([what, forged]) => ({ what, query: answer(tenantId, forged) })),
  );
  expect((await world.accepted(tenantId, state)).title).toBe('Access is granted');
});

test('an answer that lacks, doubles or contradicts anything is none of Entra’s', async () => {
  const { tenantId, linkId } = await target();
  const other = await target();
  const state = await world.stateOf(linkId);
  const true_ = answer(tenantId, state);
  const tenants = [
    other.tenantId,
    '',
    'common',
    'organizations',
    tenantId.slice(1),
    `${tenantId} `,
    `${tenantId}/`,
    '*',
  ];
  const variants: Variant[] = [
    { what: 'nothing at all', query: [] },
    ...['admin_consent', 'tenant', 'state'].flatMap((name) => [
      { what: `no ${name}`, query: true_.filter(([key]) => key !== name) },
      { what: `empty ${name}`, query: answer(tenantId, state, { [name]: '' }) },
      { what: `${name} twice`, query: [...true_, ...true_.filter(([key]) => key === name)] },
      { what: `${name} twice, differing`, query: [...true_, [name, 'x'] as const] },
      { what: `oversized ${name}`, query: answer(tenantId, state, { [name]: 'A'.repeat(10_000) }) },
    ]),
    ...tenants.map((tenant) => ({ what: `tenant ${tenant}`, query: answer(tenantId, state, { tenant }) })),
    ...['False', 'false', '1', 'yes', 'True ', 'True,True', 'null'].map((said) => ({
      what: `admin_consent ${said}`,
      query: answer(tenantId, state, { admin_consent: said }),
    })),
    {
      what: 'error twice',
      query: [
        ['error', 'a'],
        ['error', 'b'],
        ['state', state],
      ],
    },
    {
      what: 'oversized description',
      query: [
        ['error', 'a'],
        ['error_description', 'A'.repeat(9_000)],
        ['state', state],
      ],
    },
    { what: 'names in capitals', query: true_.map(([name, value]) => [name.toUpperCase(), value]) },
    { what: 'an array', query: true_.map(([name, value]) => [`${name}[]`, value]) },
    { what: 'another’s whole answer but the state', query: answer(other.tenantId, state) },
    { what: 'another’s state', query: answer(tenantId, await world.stateOf(other.linkId)) },
  ];
  await expectNoneTaken(tenantId, variants);
  expect((await world.access(other.tenantId)).state).toBe('pending');
  expect((await world.accepted(tenantId, state)).title).toBe('Access is granted');
});

test('a refusal beside “admin_consent=True” is a refusal, though consent is there', async () => {
  const { tenantId, linkId } = await target();
  for (const error of ['consent_required', 'permission_denied', '', 'server_error', 'x'.repeat(100)]) {
    const state = await world.stateOf(linkId);
    expect((await world.comeBack(answer(tenantId, state, { error }))).html).toContain('Nothing has been changed');
    expect((await world.access(tenantId)).state).toBe('blocked');
    expect((await world.accepted(tenantId, state)).status).toBe(400);
  }
});

test('a state is good for ten minutes, and not before it was made', async () => {
  const { tenantId, linkId } = await target();
  const state = await world.stateOf(linkId);
  world.advance(10 * minuteMs + 1);
  await expectNoneTaken(tenantId, [{ what: 'ten minutes old', query: answer(tenantId, state) }]);
  world.advance(60 * 24 * minuteMs);
  await expectNoneTaken(tenantId, [{ what: 'a day old', query: answer(tenantId, state) }]);
  const late = await world.stateOf(linkId);
  world.advance(-2 * minuteMs);
  await expectNoneTaken(tenantId, [{ what: 'of the future', query: answer(tenantId, late) }]);
  world.advance(2 * minuteMs + 10 * minuteMs);
  expect((await world.accepted(tenantId, late)).title).toBe('Access is granted');
});

test('a state is taken once, by whichever instance', async () => {
  const { tenantId, linkId } = await target();
  const state = await world.stateOf(linkId);
  expect((await world.comeBack({ error: 'access_denied', state })).title).toBe('No access was granted');
  const before = await world.access(tenantId);
  const replies = await Promise.all(Array.from({ length: 30 }, () => world.accepted(tenantId, state)));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([400]));
  expect(await world.access(tenantId)).toEqual(before);
  expect((await world.accepted(tenantId, await world.stateOf(linkId))).title).toBe('Access is granted');
});

test('a state ends with its link: used, withdrawn, run out, or its tenant removed', async () => {
  const [used, revoked, expired, gone] = [await target(), await target(), await target(), await target()];
  const states = new Map<string, string>();
  for (const { tenantId, linkId } of [used, revoked, gone]) states.set(tenantId, await world.stateOf(linkId));
  await world.accepted(used.tenantId, await world.stateOf(used.linkId));
  const held = await world.access(used.tenantId);
  await world.revoke(revoked.tenantId, revoked.linkId);
  await world.services.registry.delete(gone.tenantId);
  for (const { tenantId } of [revoked, gone])
    await expectNoneTaken(tenantId, [{ what: 'over', query: answer(tenantId, states.get(tenantId) ?? '') }]);
  expect((await world.accepted(used.tenantId, states.get(used.tenantId) ?? '')).status).toBe(400);
  expect(await world.access(used.tenantId)).toEqual(held);
  const hourLink = await world.link(expired.tenantId, { registration: 'reader', validHours: 1 });
  world.advance(59 * minuteMs);
  const state = await world.stateOf(hourLink.linkId);
  world.advance(2 * minuteMs);
  await expectNoneTaken(expired.tenantId, [{ what: 'run out', query: answer(expired.tenantId, state) }]);
});

test('nothing else that is signed with the app’s key passes for a state, nor one that does not fit its link', async () => {
  const { tenantId, linkId } = await target();
  const other = await target('writer');
  const key = await continueKey(world.services.storage.index);
  const nowMs = world.services.clock.now();
  const hash = linkHash(linkId) ?? '';
  const otherHash = linkHash(other.linkId) ?? '';
  const content = (await world.stateOf(linkId)).split('.')[0] ?? '';
  const mac = (secret: Uint8Array): string => createHmac('sha256', secret).update(content).digest('base64url');
  const seal = (linkHashed: string, of: string, registration: string): string =>
    sealState(key, { linkHash: linkHashed, tenantId: of, registration }, nowMs);
  const states: [string, string][] = [
    ['the key itself, not the one made of it', `${content}.${mac(key)}`],
    ['a place in a list', sealPlace(key, { objectId: 'a', list: '/incidents', conditions: {} }, { x: 1 }, nowMs)],
    ['another key', sealState(Buffer.alloc(32, 7), { linkHash: hash, tenantId, registration: 'reader' }, nowMs)],
    ['another tenant’s link', seal(otherHash, tenantId, 'reader')],
    ['another tenant’s link and its registration', seal(otherHash, tenantId, 'writer')],
    ['a registration swapped', seal(hash, tenantId, 'writer')],
    ['a registration that is none', seal(hash, tenantId, 'api')],
    ['a link that is none', seal(linkHash('Z'.repeat(32)) ?? '', tenantId, 'reader')],
    ['a link by its id', seal(linkId, tenantId, 'reader')],
    ['no link', seal('', tenantId, 'reader')],
  ];
  await expectNoneTaken(
    tenantId,
    states.map(([what, forged]) => ({ what, query: answer(tenantId, forged) })),
  );
});
