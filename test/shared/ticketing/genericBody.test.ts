import { fromGenericBody } from '../../../shared/ticketing/genericBody';

const body = {
  type: 'ticket.updated',
  ticketId: 'T-1',
  author: 'anna',
  occurredAt: '2026-11-20T09:00:00+01:00',
  version: 3,
};

test('is told in words of our own, times in UTC', () => {
  expect(fromGenericBody(body)).toEqual([
    {
      ticketId: 'T-1',
      kind: 'updated',
      actor: { id: 'anna', name: null },
      occurredAt: '2026-11-20T08:00:00.000Z',
      version: '3',
    },
  ]);
  expect(
    fromGenericBody({
      ...{
        ...body,
        type: 'ticket.closed',
        ticketId: 17,
        version: 'v-2',
        status: 'resolved',
        resolution: 'fixed',
        assignee: null,
      },
      ...{
        classification: 'truePositive',
        determination: 'phishing',
        comment: 'Done.',
        author: { id: 'a1', name: 'Anna' },
      },
    }),
  ).toEqual([
    {
      ...{ ticketId: '17', kind: 'closed', version: 'v-2', occurredAt: '2026-11-20T08:00:00.000Z' },
      ...{ status: 'resolved', rawStatus: 'resolved', resolution: 'fixed', assignee: null },
      ...{ classification: 'truePositive', determination: 'phishing', actor: { id: 'a1', name: 'Anna' } },
      comment: { id: null, text: 'Done.', visibility: 'public' },
    },
  ]);
});

test('a status that is no word of ours stays the tool’s own, unless the tool knows it', () => {
  expect(fromGenericBody({ ...body, status: '6' })[0]).toMatchObject({ rawStatus: '6' });
  expect(fromGenericBody({ ...body, status: '6' })[0]).not.toHaveProperty('status');
  expect(fromGenericBody({ ...body, status: '6' }, (word) => (word === '6' ? 'resolved' : undefined))[0]).toMatchObject(
    { status: 'resolved', rawStatus: '6' },
  );
  expect(fromGenericBody({ ...body, status: 'constructor' })[0]).not.toHaveProperty('status');
});

test('a comment with its visibility left out, in an object, is for staff alone', () => {
  expect(fromGenericBody({ ...body, comment: { text: 'x' } })[0]?.comment).toEqual({
    id: null,
    text: 'x',
    visibility: 'internal',
  });
  expect(fromGenericBody({ ...body, comment: { id: 'c1', text: 'x', visibility: 'public' } })[0]?.comment).toEqual({
    id: 'c1',
    text: 'x',
    visibility: 'public',
  });
});

test('an author who is not told, and a version, are null: they prove nothing', () => {
  expect(fromGenericBody({ ...body, author: undefined, version: undefined })[0]).toMatchObject({
    actor: null,
    version: null,
  });
});

test('what nobody knows is left aside: fields, and types as a whole', () => {
  const more = {
    ...body,
    tenantId: 'other',
    incidentId: '99',
    severity: 'low',
    customTags: ['x'],
    redirectIncidentId: '1',
    data: { status: 'resolved' },
  };
  expect(fromGenericBody(more)).toEqual(fromGenericBody(body));
  for (const type of ['ticket.deleted', 'toString', '__proto__', 'incident.updated', ''])
    expect(fromGenericBody({ ...body, type })).toEqual([]);
});

test.each([
  ['ticketId', { ...body, ticketId: undefined }],
  ['ticketId', { ...body, ticketId: '' }],
  ['ticketId', { ...body, ticketId: { $ne: null } }],
  ['type', { ...body, type: 1 }],
  ['occurredAt', { ...body, occurredAt: 'yesterday' }],
  ['occurredAt', { ...body, occurredAt: 1_700_000_000 }],
  ['status', { ...body, status: ['resolved'] }],
  ['comment', { ...body, comment: { visibility: 'public' } }],
  ['the whole', []],
  ['the whole', null],
])('a wrong %s is named, its value is not', (field, given) => {
  const refused = refusalOf(() => fromGenericBody(given));
  expect(refused).toMatchObject({ code: 'ERR_CONTRACT' });
  expect(String(refused)).toContain(`at ${field}`);
  expect(String(refused)).not.toContain('yesterday');
});

const refusalOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was refused');
};
