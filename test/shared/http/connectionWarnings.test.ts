import { connectionWarnings } from '../../../shared/http/connectionWarnings';
import type { Connection } from '../../../shared/model/connection';
import { newConnectionState } from '../../../shared/model/connection';
import { plainConnection } from '../../support/plainConnection';

const told = (change: Partial<Connection>, delivery: Partial<typeof newConnectionState> & { dead?: number } = {}) =>
  connectionWarnings({
    connection: { ...plainConnection, secretsSetAt: { inbound: '2026-11-20T08:00:00.000Z' }, ...change },
    tenant: undefined,
    delivery: { ...newConnectionState, pending: 0, dead: 0, counted: true, ...delivery },
    config: { publicUrl: 'https://relay.example' },
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
