import type { Time7 } from '../../../shared/model/time7';
import {
  escapeKey,
  feedRowKey,
  incidentIdOfRowKey,
  incidentRowKey,
  tenantPartition,
  unescapeKey,
} from '../../../shared/store/keys';
import { randomSource } from '../../support/randomSource';

it('a larger incident id sorts before a smaller one', () => {
  expect(incidentRowKey('4711')).toBe('i_99999999999999995288');
  expect(incidentRowKey('10') < incidentRowKey('9')).toBe(true);
});

it('ids that look alike as numbers keep keys of their own', () => {
  expect(new Set(['7', '07', '007', '7 ', '+7', '7.0'].map(incidentRowKey)).size).toBe(6);
});

it('every id comes back from its key, and no key holds what Azure refuses', () => {
  const random = randomSource(7);
  const seen = new Map<string, string>();
  for (let round = 0; round < 20_000; round += 1) {
    const id = Array.from({ length: 1 + random.below(12) }, () => String.fromCharCode(random.below(0x10000))).join('');
    const key = incidentRowKey(id);
    expect(key).toMatch(/^i_x[A-Za-z0-9.=-]+$|^i_\d{20}$/);
    expect(incidentIdOfRowKey(key)).toBe(id);
    expect(seen.get(key) ?? id).toBe(id);
    seen.set(key, id);
  }
});

it('escaping is reversible for the four refused characters, spaces and lone surrogates', () => {
  for (const text of ['a/b\\c#d?e', ' ', '\ud800', '=', '=0041', '%2F'])
    expect(unescapeKey(escapeKey(text))).toBe(text);
});

it('the feed puts the newest update first, to 100 nanoseconds', () => {
  const older = feedRowKey('2026-11-19T08:12:03.6266667Z' as Time7, 't', '1');
  const newer = feedRowKey('2026-11-19T08:12:03.6266668Z' as Time7, 't', '1');
  expect(newer < older).toBe(true);
});

it('the partition of a tenant is the start of its SHA-256', () => {
  expect(tenantPartition('72f988bf-86f1-41af-91ab-2d7cd011db47')).toBe('2ae');
});
