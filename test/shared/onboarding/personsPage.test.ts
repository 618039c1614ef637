import { isPersons, personsPage } from '../../../shared/onboarding/personsPage';

const query = (text: string): URLSearchParams => new URLSearchParams(text);

test('a person who comes back from their own consent is thanked; nothing of the address is shown', () => {
  const back = query('state=person&code=canary-of-the-code&session_state=x');
  expect(isPersons(back)).toBe(true);
  const { status, html = '' } = personsPage(back);
  expect([status, html.includes('Thank you'), html.includes('canary')]).toEqual([200, true, false]);
});

test('one who declined is told how to go on', () => {
  const { html = '' } = personsPage(query('state=person&error=access_denied&error_description=canary'));
  expect([html.includes('No consent was given'), html.includes('canary')]).toEqual([true, false]);
});

test.each(['', 'state=', 'state=Person', 'code=x', 'state=person2', 'error=access_denied'])(
  '%s is nobody’s',
  (text) => {
    expect(isPersons(query(text))).toBe(false);
  },
);
