import fc from 'fast-check';
import type { JsonObject } from '../../../../shared/model/incident';
import { compareVersions } from '../../../../shared/ticketing/rules/compareVersions';
import { makeTicket } from '../../../../shared/ticketing/rules/makeTicket';
import { renderTemplate, templateScope, unknownPlaceholders } from '../../../../shared/ticketing/rules/renderTemplate';
import { sendable } from '../../../../shared/ticketing/rules/sendable';
import { fromTicketStatus } from '../../../../shared/ticketing/rules/status';
import { fittingVerdict, verdicts } from '../../../../shared/ticketing/rules/verdict';
import { at, deliveryOf, incidentOf, plainConnection } from './plain';

test.each([
  ['9', '10', -1],
  ['20000000000000000000000002', '20000000000000000000000001', 1],
  ['2026-11-20T08:00:00.5Z', '2026-11-20T08:00:00.4999999Z', 1],
  ['2026-11-20T08:00:00Z', '2026-11-20T09:00:00+01:00', 0],
  ['a', 'b', -1],
])('version %s against %s', (a, b, order) => {
  expect(Math.sign(compareVersions(a, b))).toBe(order);
});

test.each([
  ['new', 'active', 'active'],
  ['new', 'resolved', 'active'],
  ['new', 'inProgress', 'inProgress'],
  ['inProgress', 'active', 'inProgress'],
  ['waiting', 'awaitingAction', 'awaitingAction'],
  ['waiting', 'active', 'inProgress'],
  ['resolved', 'active', 'resolved'],
  ['cancelled', 'inProgress', 'resolved'],
] as const)('a ticket that is %s asks of an incident that is %s: %s', (word, current, wanted) => {
  expect(fromTicketStatus(word, current)).toBe(wanted);
});

test('any two words make a pair Defender takes, or none', () => {
  const words = [
    ...Object.keys(verdicts),
    ...Object.values(verdicts).flat(),
    'unknown',
    'CompromisedUser',
    'x',
    '__proto__',
  ];
  for (const classification of words)
    for (const determination of [...words, null]) {
      const pair = fittingVerdict(classification, determination);
      if (pair.classification === null) expect(pair.determination).toBeNull();
      else expect(verdicts[pair.classification]).toContain(pair.determination);
    }
  expect(fittingVerdict('TRUEPOSITIVE', 'CompromisedUser').determination).toBe('compromisedAccount');
});

describe('a template', () => {
  const scope = templateScope(
    deliveryOf({
      incident: incidentOf({ displayName: '{{tenant.name}} \u202eexe\u0000' }, 0, {
        alerts: [{ title: 'a' }, { title: 'b' }],
      }),
    }),
  );
  test.each([
    ['{{displayName}}', '{{tenant.name}} exe'],
    ['{{ tenant.name }}/{{attributes.customerNumber}}', 'Contoso/C-42'],
    ['{{incident.alerts.title}}', 'a, b'],
    ['{{incident.alerts}}|{{attributes.none}}|{{constructor}}|{{attributes.__proto__}}', '|||'],
    ['{{alerts}}', '- a\n- b'],
  ])('%s', (template, text) => {
    expect(renderTemplate(template, scope, 1_000)).toBe(text);
  });

  test('is checked before it is saved', () => {
    expect(
      unknownPlaceholders('{{displayName}} {{incident.a.b}} {{title}} {{tenant.secret}} {{attributes.x}} {{}}'),
    ).toEqual(['title', 'tenant.secret', '']);
  });

  test('is cut, never through a character', () => {
    expect(renderTemplate('😀😀', scope, 3)).toBe('😀…');
  });
});

describe('what may leave', () => {
  const body: JsonObject = {
    id: '1',
    displayName: 'n',
    alerts: [{ title: 't', evidence: [{ a: 1, b: 2 }] }],
    comments: 'odd',
  };
  test.each<[readonly string[], JsonObject]>([
    [[], body],
    [['displayName'], { displayName: 'n' }],
    [['alerts.evidence.a'], { alerts: [{ evidence: [{ a: 1 }] }] }],
    [['alerts.title', 'alerts'], { alerts: [{ title: 't', evidence: [{ a: 1, b: 2 }] }] }],
    [['comments.comment'], { comments: null }],
    [['__proto__', 'none'], {}],
  ])('%j', (send, wanted) => {
    expect(sendable(body, send)).toEqual(wanted);
  });

  test('a canary in each field that is kept back is nowhere in a ticket', () => {
    const names = [
      'displayName',
      'severity',
      'assignedTo',
      'incidentWebUrl',
      'createdDateTime',
      'classification',
      'determination',
    ] as const;
    const parts = ['customTags', 'comments', 'alerts', 'description'] as const;
    const all: readonly string[] = [...names, ...parts];
    fc.assert(
      fc.property(fc.subarray([...all], { minLength: 1, maxLength: all.length - 1 }), (send) => {
        const header = Object.fromEntries(names.map((name) => [name, `canary-${name}`]));
        const incident = incidentOf(header, 0, {
          customTags: ['canary-customTags'],
          comments: [{ comment: 'canary-comments', createdByDisplayName: 'canary-comments', createdDateTime: at(0) }],
          alerts: [{ title: 'canary-alerts', evidence: [{ deviceDnsName: 'canary-alerts' }] }],
          description: 'canary-description',
        });
        const fields = Object.fromEntries(all.map((name) => [name, `{{incident.${name}}}`]));
        const mapping = { ...plainConnection.mapping, fields, assignees: { 'canary-assignedTo': 'canary-assignedTo' } };
        const connection = { ...plainConnection, mapping, contract: { send } };
        const text = JSON.stringify(makeTicket(deliveryOf({ connection, incident })).content);
        const leaked = all.filter((name) => !send.includes(name) && text.includes(`canary-${name}`));
        expect(leaked).toEqual([]);
        for (const name of send)
          expect(
            ['severity', 'classification', 'determination', 'comments', 'alerts'].includes(name) ||
              text.includes(`canary-${name}`),
          ).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
