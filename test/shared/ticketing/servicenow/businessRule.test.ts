import { Webhook } from 'standardwebhooks';
import type { RuleRun } from '../../../../local/tools/servicenow/businessRule';
import { runBusinessRule, shippedRule } from '../../../../local/tools/servicenow/businessRule';
import { fromTicket } from '../../../../shared/ticketing/servicenow/fromTicket';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const script = shippedRule();
const record = {
  sys_id: '9d385017c611228701d22104cc95c371',
  number: 'INC0010023',
  state: '2',
  correlation_id: '0f9d3a52-7a30-4f8e-9d0c-3a4b5c6d7e8f:10233',
  correlation_display: 'xdr-relay',
  close_code: '',
  assigned_to: '',
  sys_updated_on: '2026-11-20 12:00:00',
  sys_mod_count: '7',
};

type Given = Partial<Omit<RuleRun, 'current' | 'previous' | 'changed'>> & {
  readonly table?: string;
  readonly current?: Readonly<Record<string, string>>;
  readonly previous?: Readonly<Record<string, string>>;
  readonly changed?: readonly string[];
};

const run = ({ table = 'incident', current = {}, previous = {}, changed = [], ...rest }: Given) =>
  runBusinessRule(script, {
    operation: 'update',
    journals: {},
    user: { id: 'beth.anglin', name: 'Beth Anglin' },
    properties: {
      'xdr_relay.endpoint': 'https://relay.example/api/webhooks/00',
      'xdr_relay.secret': secret,
      'xdr_relay.account': 'xdr.relay',
    },
    nowMs: Date.now(),
    ...rest,
    current: { table, values: { ...record, ...current } },
    previous: { table, values: { ...record, ...previous } },
    changed: new Set(changed),
  });

const bodyOf = (given: Given): Record<string, unknown> => {
  const [request] = run(given);
  if (request === undefined) throw new Error('nothing was sent');
  return JSON.parse(request.body) as Record<string, unknown>;
};

describe('the shipped Business Rule', () => {
  test('signs as the Standard Webhooks package verifies, whatever signs the text holds', () => {
    const journals = {
      comments: '2026-11-20 12:00:00 - Bëth (Additional comments)\nHäst 🐎 \u0001 "quoted" </script>\n\n',
    };
    const [request, ...more] = run({ changed: ['comments'], journals });
    expect(more).toEqual([]);
    expect(request!.endpoint).toBe('https://relay.example/api/webhooks/00');
    expect(request!.body).toMatch(/^[\x20-\x7e]*$/);
    const verified = new Webhook(secret).verify(request!.body, { ...request!.headers });
    expect(verified).toMatchObject({ comment: { text: 'Häst 🐎 \u0001 "quoted" </script>', visibility: 'public' } });
    const other = new Webhook(`whsec_${Buffer.alloc(32, 6).toString('base64')}`);
    expect(() => other.verify(request!.body, { ...request!.headers })).toThrow();
  });

  test('gives one save one id, and the next save another', () => {
    const changed = ['state'];
    const ids = [run({ changed }), run({ changed }), run({ changed, current: { sys_mod_count: '8' } })].map(
      ([request]) => request!.headers['webhook-id'],
    );
    expect(ids[0]).toBe('sn_9d385017c611228701d22104cc95c371_7');
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test.each([
    ['a save of our own account', { user: { id: 'xdr.relay', name: 'XDR Relay' }, changed: ['state'] }],
    ['a record that is not ours', { current: { correlation_display: '' }, changed: ['state'] }],
    ['fields nobody asks for', { changed: ['short_description', 'priority'] }],
    ['a table nobody connected', { table: 'problem', changed: ['state'] }],
    ['an instance without an address', { properties: { 'xdr_relay.secret': secret }, changed: ['state'] }],
    [
      'an instance without a secret',
      { properties: { 'xdr_relay.endpoint': 'https://relay.example' }, changed: ['state'] },
    ],
  ] satisfies readonly [string, Given][])('sends nothing of %s', (_, given) => {
    expect(run(given)).toEqual([]);
  });

  test.each([
    ['incident', '2', '6', { type: 'ticket.closed', status: 'resolved', state: '6' }],
    ['incident', '6', '7', { type: 'ticket.updated', status: 'resolved', state: '7' }],
    ['incident', '6', '2', { type: 'ticket.reopened', status: 'inProgress' }],
    ['incident', '1', '3', { type: 'ticket.updated', status: 'waiting' }],
    ['incident', '2', '8', { type: 'ticket.closed', status: 'cancelled' }],
    ['incident', '1', '-5', { type: 'ticket.updated', status: 'inProgress', state: '-5' }],
    ['sn_si_incident', '10', '16', { type: 'ticket.updated', status: 'inProgress' }],
    // The same number means another thing in each table.
    ['sn_si_incident', '100', '3', { type: 'ticket.closed', status: 'resolved' }],
    ['sn_si_incident', '16', '7', { type: 'ticket.closed', status: 'cancelled' }],
  ])('of %s from state %s to %s tells %j', (table, from, to, told) => {
    expect(bodyOf({ table, previous: { state: from }, current: { state: to }, changed: ['state'] })).toMatchObject(
      told,
    );
  });

  test('tells only what changed', () => {
    expect(bodyOf({ changed: ['assigned_to'], current: { assigned_to: '46d44a40c611228b014ac3b8a97bd2bd' } })).toEqual({
      type: 'ticket.updated',
      ticketId: record.sys_id,
      number: 'INC0010023',
      table: 'incident',
      author: { id: 'beth.anglin', name: 'Beth Anglin' },
      occurredAt: '2026-11-20T12:00:00Z',
      version: '7',
      assignee: '46d44a40c611228b014ac3b8a97bd2bd',
    });
    expect(bodyOf({ changed: ['assigned_to'] })).toMatchObject({ assignee: null });
  });

  test('of one save with a state, a comment and a note is told as all three, and the note stays one', () => {
    const body = bodyOf({
      changed: ['state', 'close_code', 'comments', 'work_notes'],
      previous: { state: '2' },
      current: { state: '6', close_code: 'Known error' },
      journals: { comments: 'head\nFor all.\n\n', work_notes: 'head\nFor staff.\nTwo lines.\n\n' },
    });
    expect(fromTicket(body)).toEqual([
      {
        ticketId: record.sys_id,
        kind: 'closed',
        actor: { id: 'beth.anglin', name: 'Beth Anglin' },
        occurredAt: '2026-11-20T12:00:00.000Z',
        version: '7',
        rawStatus: '6',
        status: 'resolved',
        resolution: 'Known error',
        comment: { id: null, text: 'For all.', visibility: 'public' },
      },
      {
        ticketId: record.sys_id,
        kind: 'commented',
        actor: { id: 'beth.anglin', name: 'Beth Anglin' },
        occurredAt: '2026-11-20T12:00:00.000Z',
        version: '7',
        comment: { id: null, text: 'For staff.\nTwo lines.', visibility: 'internal' },
      },
    ]);
  });

  test('of a note alone is one event, and internal', () => {
    const body = bodyOf({ changed: ['work_notes'], journals: { work_notes: 'head\nFor staff.\n\n' } });
    expect(fromTicket(body)).toMatchObject([
      { kind: 'commented', comment: { text: 'For staff.', visibility: 'internal' } },
    ]);
  });

  test('tells a deletion, by the clock and under an id of its own', () => {
    const [request] = run({ operation: 'delete', nowMs: Date.parse('2026-11-20T13:00:00Z') });
    expect(request!.headers['webhook-id']).toBe('sn_9d385017c611228701d22104cc95c371_7_d');
    expect(fromTicket(JSON.parse(request!.body))).toMatchObject([
      { kind: 'deleted', ticketId: record.sys_id, occurredAt: '2026-11-20T13:00:00.000Z' },
    ]);
  });

  test('is ES5: no arrow, no let, no template', () => {
    const code = script.replace(/\/\/.*$/gm, '');
    expect(code).not.toMatch(/=>|`|\b(?:let|const|class)\b/);
  });
});
