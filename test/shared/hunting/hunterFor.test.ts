import { endpointAccess } from '../../../shared/endpoint/endpointAccess';
import { listMachines } from '../../../shared/endpoint/machines';
import { ContractError } from '../../../shared/errors';
import type { HuntingApi } from '../../../shared/hunting/huntingApi';
import { hunterFor } from '../../../shared/hunting/hunterFor';
import type { OutgoingRequest, TokenProvider } from '../../../shared/ports';
import { plainTenant } from '../../support/plainTenant';
import { answer, tenantId } from '../incidents/givenAnswers';

const permits = { take: () => Promise.resolve() };
const endpoints = { graph: 'https://graph.example', defender: 'https://defender.example', mde: 'https://mde.example' };

/** What is asked for, where, and as whom. */
const watched = () => {
  const asked: string[] = [];
  const tokens: TokenProvider = {
    getToken: (tenant, registration, scope) => {
      asked.push(registration, scope);
      return Promise.resolve({ token: 't', tenantId: tenant.tenantId, expiresAtMs: 0 });
    },
    forget: () => undefined,
  };
  const send = ({ url }: OutgoingRequest) => {
    asked.push(url);
    return Promise.resolve(answer({ schema: [], results: [], value: [] }));
  };
  const clock = { now: () => Date.parse('2026-11-20T08:00:00Z'), elapsedMs: () => 0 };
  return { asked, deps: { endpoints, tokens, send, clock } };
};

test.each<[HuntingApi, string, string, string]>([
  ['graph', 'reader', 'https://graph.microsoft.com', 'https://graph.example/v1.0/security/runHuntingQuery'],
  ['defender', 'defender', 'https://api.security.microsoft.com', 'https://defender.example/api/advancedhunting/run'],
  ['mde', 'defender', 'https://api.securitycenter.microsoft.com', 'https://mde.example/api/advancedqueries/run'],
])('%s is hunted in by %s with a token for %s', async (api, registration, resource, url) => {
  const { asked, deps } = watched();
  await hunterFor(deps, plainTenant(tenantId), permits, api).hunt('AlertInfo');
  expect(asked).toEqual([registration, `${resource}/.default`, url]);
});

test('Defender for Endpoint is read by the registration for Defender, with a token of its own', async () => {
  const { asked, deps } = watched();
  await listMachines(endpointAccess(deps, plainTenant(tenantId), permits));
  expect(asked.slice(0, 2)).toEqual(['defender', 'https://api.securitycenter.microsoft.com/.default']);
  expect(asked[2]).toMatch(/^https:\/\/mde\.example\/api\/machines\?/);
});

test('a cloud that lacks an API says so', () => {
  const { deps } = watched();
  const china = plainTenant(tenantId, { cloud: 'china' });
  const none = { ...deps, endpoints: { graph: '', defender: '', mde: '' } };
  for (const api of ['graph', 'defender', 'mde'] as const)
    expect(() => hunterFor(none, china, permits, api)).toThrow(ContractError);
  expect(() => hunterFor(deps, china, permits, 'mde')).toThrow(/china/);
  expect(() => endpointAccess(deps, china, permits)).toThrow(ContractError);
  expect(() => endpointAccess(none, plainTenant(tenantId), permits)).toThrow(ContractError);
});
