import { InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { signInFailure, wantsPerson } from '../../../cli/signIn/signInFailure';

const asked = {
  tenantId: '6a656558-e19c-4364-a671-1e316c828687',
  what: 'Microsoft Threat Protection',
  cloud: 'public' as const,
  consentLink: 'https://login.microsoftonline.com/x/v2.0/adminconsent',
};
const refusal = (code: string, error = 'invalid_grant'): ServerError =>
  new ServerError(error, '', `${error}: Error(s): - ${code}: words that change. Trace ID: 1`);

const numbers = [
  ...['AADSTS50057', 'AADSTS50053', 'AADSTS50034', 'AADSTS50020', 'AADSTS65001', 'AADSTS65004', 'AADSTS50105'],
  ...['AADSTS700016', 'AADSTS90002', 'AADSTS500011', 'AADSTS50076', 'AADSTS53003', 'AADSTS7000218'],
];

test('each refusal has a message of its own, a cure, and keeps the number', () => {
  const failures = numbers.map((code) => signInFailure(refusal(code), asked));
  expect(failures.map(({ code }) => code)).toEqual(numbers);
  expect(new Set(failures.map(({ message }) => message)).size).toBe(numbers.length);
  expect(failures.filter(({ cure }) => (cure ?? '').length < 20)).toEqual([]);
  expect(failures.every(({ exitCode }) => exitCode === 1)).toBe(true);
});

test('what an administrator has to grant comes with the link', () => {
  for (const code of ['AADSTS65001', 'AADSTS90094', 'AADSTS700016'])
    expect(signInFailure(refusal(code), asked).link).toBe(asked.consentLink);
});

test('what signing in again mends asks for a person; what it does not is told at once', () => {
  const stale = ['AADSTS700082', 'AADSTS50173', 'AADSTS70008'];
  expect(stale.map((code) => wantsPerson(refusal(code)))).toEqual([true, true, true]);
  expect(wantsPerson(new InteractionRequiredAuthError('login_required', '', 'sign in'))).toBe(true);
  for (const code of numbers) expect([code, wantsPerson(refusal(code))]).toEqual([code, false]);
});

test('a number nobody listed still says what to do', () => {
  expect(signInFailure(refusal('AADSTS999999'), asked)).toMatchObject({ code: 'AADSTS999999', exitCode: 1 });
  expect(signInFailure(new Error('socket hang up'), asked)).toMatchObject({ message: 'Entra refuses the sign-in.' });
});
