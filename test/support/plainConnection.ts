import type { Connection } from '../../shared/model/connection';
import { mustBeTime7 } from '../../shared/model/time7';

/** One with nothing special, for tests to vary. */
export const plainConnection: Connection = {
  scope: '11111111-1111-4111-8111-111111111111',
  connectionId: 'tickets',
  tool: 'servicenow',
  enabled: true,
  audience: 'customer',
  since: mustBeTime7('2026-11-20T08:00:00Z', 'since'),
  backlog: 'none',
  url: 'https://tool.example',
  inbound: { scheme: 'standard', closes: { upTo: 'low', else: 'propose' }, reopens: true, comments: 'public' },
  outbound: { events: ['created', 'updated', 'resolved', 'reopened', 'merged'], comments: 'own', as: 'internal' },
  filters: {},
  mapping: {},
  ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'defender' },
  contract: { send: [] },
  settleSeconds: 0,
  excludeTenants: [],
  hookId: '0123456789abcdef0123456789abcdef',
  createdAt: '2026-11-20T08:00:00.000Z',
  secretsSetAt: {},
  secretsEnd: {},
};
