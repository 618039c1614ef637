import { connectionWarnings } from '../../../../shared/http/connections/connectionWarnings';
import type { Connection } from '../../../../shared/model/connection';
import { newConnectionState } from '../../../../shared/model/connection';
import { plainConnection } from '../../../support/plainConnection';

const told = (change: Partial<Connection>, delivery: Partial<typeof newConnectionState> & { dead?: number } = {}) =>
  connectionWarnings({
    connection: { ...plainConnection, secretsSetAt: { inbound: '2026-11-20T08:00:00.000Z' }, ...change },
    tenant: undefined,
    delivery: { ...newConnectionState, pending: 0, dead: 0, counted: true, ...delivery },
    config: { publicUrl: 'https://relay.example' },
    nowMs: Date.parse('2026-11-20T08:00:00.000Z'),
  });

test('nothing is said where nothing is amiss', () => {
  expect(told({})).toEqual([]);
});

test('GitHub: internal comments stay unwritten where everybody could read them', () => {
  const { outbound } = plainConnection;
  expect(told({ tool: 'github' })).toEqual([expect.stringContaining('outbound.as')]);
  expect(told({ tool: 'github', outbound: { ...outbound, as: 'public' } })).toEqual([]);
});

test('one that is down says since when and why; one that is switched off does not', () => {
  const lastError = { at: '2026-11-20T08:00:00.000Z', status: 503, reason: 'answered 503' };
  const down = { state: 'down' as const, since: lastError.at, lastError };
  expect(told({}, down)).toEqual([expect.stringMatching(/down since 2026-11-20T08:00:00\.000Z \(answered 503\)/)]);
  expect(told({ enabled: false }, down)).toEqual([]);
});

test('what was given up is counted, with where to look', () => {
  expect(told({}, { dead: 3 })).toEqual([expect.stringMatching(/^3 event\(s\) were given up.*state=dead/)]);
});

describe('the end of what calls the tool', () => {
  const auth = { kind: 'bearer' } as const;

  test.each([
    [{}, /on a day nobody told\. PUT .* auth\.expires/],
    [{ auth: '2026-11-25T09:00:00.000Z' }, /ends in 5 days \(2026-11-25\)\. Make a new password/],
    [{ auth: '2026-11-01T00:00:00.000Z' }, /is over/],
  ])('is told where it is %j', (secretsEnd, words) => {
    expect(told({ auth, secretsEnd })).toEqual([expect.stringMatching(words)]);
    expect(told({ auth, secretsEnd, enabled: false })).toEqual([expect.stringMatching(words)]);
  });

  test('is not told where it is far, or never', () => {
    expect(told({ auth, secretsEnd: { auth: '2027-11-25T00:00:00.000Z' } })).toEqual([]);
    expect(told({ auth, secretsEnd: { auth: 'never' } })).toEqual([]);
  });
});
