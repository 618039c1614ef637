import { z } from 'zod';
import { RequestError } from '../../../../shared/errors';
import { openPlace, sealPlace } from '../../../../shared/http/input/continueToken';

const key = new Uint8Array(32).fill(7);
const shape = z.object({ after: z.string() });
const binding = { objectId: 'ana', list: 'incidents', conditions: [['status', 'open']] };
const at = 1_795_161_600_000;
const token = sealPlace(key, binding, { after: 'x' }, at);

test('a token gives its place back to the same caller and list, up to a day later', () => {
  expect(openPlace(key, binding, token, shape, at + 24 * 3_600_000)).toEqual({ after: 'x' });
});

test.each([
  ['another caller', { ...binding, objectId: 'bob' }],
  ['another list', { ...binding, list: 'tenants' }],
  ['other conditions', { ...binding, conditions: [['status', 'all']] }],
])('a token is refused for %s', (_name, other) => {
  expect(() => openPlace(key, other, token, shape, at)).toThrow(RequestError);
});

test('a token is refused after a day, under another key, with any character changed, cut or added', () => {
  expect(() => openPlace(key, binding, token, shape, at + 24 * 3_600_000 + 1)).toThrow(RequestError);
  expect(() => openPlace(new Uint8Array(32), binding, token, shape, at)).toThrow(RequestError);
  for (let place = 0; place < token.length; place += 1) {
    const changed = `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`;
    expect(() => openPlace(key, binding, changed, shape, at)).toThrow(RequestError);
  }
  for (const other of ['', '.', 'x', token.slice(0, -1), `${token}A`, `${token}.`, `.${token}`, 'é.é'])
    expect(() => openPlace(key, binding, other, shape, at)).toThrow(RequestError);
});
