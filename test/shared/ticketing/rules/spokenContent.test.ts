import { spokenContent } from '../../../../shared/ticketing/rules/spokenContent';
import { stormLine } from '../../../../shared/ticketing/rules/stormContent';
import { toSubject } from '../../../../shared/ticketing/zendesk/text';
import { deliveryOf, incidentOf, plainConnection, plainTenant } from './plain';

const sent = (displayName: string | null, send: readonly string[] = []) =>
  deliveryOf({
    incident: incidentOf({ displayName }),
    connection: { ...plainConnection, contract: { send } },
  });

test('a title says what it is and whose, each once; its number stands in the description', () => {
  const { title, description } = spokenContent(sent('Suspicious sign-in'));
  expect(title).toBe('Suspicious sign-in (Contoso)');
  expect(description.split('\n')[0]).toBe('Microsoft Defender incident 42 of Contoso');
});

test.each([
  ['has none', sent(null)],
  ['has an empty one', sent(' \n ')],
  ['has one that may not leave', sent('Secret', ['severity'])],
])('its number is in the title where it %s', (_, input) => {
  expect(spokenContent(input).title).toBe('Microsoft Defender incident 42 (Contoso)');
});

test('whose it is stands in the title also where that is long, in the tool that shows least', () => {
  const name =
    'Multi-stage incident involving Initial access & Exfiltration on multiple endpoints reported by many sources '.repeat(
      2,
    );
  const { title } = spokenContent(sent(name));
  expect(toSubject(title)).toMatch(/^Multi-stage incident .*\(Contoso\)$/);
  const tenant = { ...plainTenant, name: 'A very long name of a customer '.repeat(10) };
  expect(spokenContent({ ...sent(name), tenant }).title).toMatch(
    /^Multi-stage incident involving Initial access & Exfiltration/,
  );
});

test('the line in the ticket of a storm says each fact once', () => {
  expect(stormLine(sent('Suspicious sign-in')).text.split('\n').slice(0, 2)).toEqual([
    'New incident 42 of Contoso: Suspicious sign-in (low)',
    'https://security.microsoft.com/incident2/42/overview',
  ]);
});
