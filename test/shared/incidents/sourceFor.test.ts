import { ContractError } from '../../../shared/errors';
import { sourceFor } from '../../../shared/incidents/sourceFor';
import type { RegistrationName } from '../../../shared/model/registration';
import type { Tenant } from '../../../shared/model/tenant';
import { beginning } from '../../../shared/model/time7';
import type { TokenProvider } from '../../../shared/ports';
import { plainTenant } from '../../support/plainTenant';
import { answer, givenAnswers, tenantId } from './givenAnswers';

const endpoints = { graph: 'https://graph.example', defender: 'https://defender.example' };
const row = {
  ...{ id: '1', lastUpdateDateTime: '2026-11-20T07:00:00Z', displayName: 'x' },
  ...{ incidentId: 1, lastUpdateTime: '2026-11-20T07:00:00Z', incidentName: 'x' },
};
const askAs = async (tenant: Partial<Tenant>) => {
  const given = givenAnswers([answer({ value: [row] })]);
  const { permits, tokens: own, ...deps } = given;
  const registrations: RegistrationName[] = [];
  const tokens: TokenProvider = {
    getToken: (asked, registration, scope) => {
      expect(asked.tenantId).toBe(tenantId);
      registrations.push(registration);
      return own.getToken(scope);
    },
    forget: (_, __, scope) => own.forget(scope),
  };
  const source = sourceFor({ ...deps, tokens, endpoints }, plainTenant(tenantId, tenant), permits);
  const { incidents } = await source.listChanged({ from: beginning });
  const { host } = new URL(given.calls[0]!.url);
  return {
    host,
    scope: given.events[0]!.split(' ')[1],
    registrations,
    permits: given.events.length,
    header: incidents[0]!.header,
  };
};

test.each([
  ['graph', 'public', 'graph.example', 'https://graph.microsoft.com/.default'],
  ['graph', 'usgovdod', 'graph.example', 'https://dod-graph.microsoft.us/.default'],
  ['defender', 'public', 'defender.example', 'https://api.security.microsoft.com/.default'],
  ['defender', 'usgov', 'defender.example', 'https://api-gov.security.microsoft.us/.default'],
  ['defender', 'usgovdod', 'defender.example', 'https://api-gov.security.microsoft.us/.default'],
] as const)('a tenant of %s in %s is read at %s with a token for %s', async (backend, cloud, host, scope) => {
  expect(await askAs({ backend, cloud })).toMatchObject({
    host,
    scope,
    permits: 3,
    registrations: [backend === 'graph' ? 'reader' : 'defender'],
  });
});

test('what its contract withholds is withheld on either back end', async () => {
  const contract = { never: ['displayName'] };
  expect((await askAs({ contract, backend: 'graph' })).header.displayName).toBeNull();
  expect((await askAs({ contract, backend: 'defender' })).header.displayName).toBeNull();
});

test.each([
  ['public', 'https://security.microsoft.com'],
  ['usgov', 'https://security.microsoft.us'],
  ['usgovdod', 'https://security.apps.mil'],
] as const)('links of Defender’s in %s lead to %s', async (cloud, portal) => {
  const { header } = await askAs({ cloud, backend: 'defender' });
  expect(header.incidentWebUrl).toBe(`${portal}/incident2/1/overview?tid=${tenantId}`);
});

test('a back end that the cloud does not offer is refused by name', () => {
  const { permits, tokens: own, ...deps } = givenAnswers([]);
  const tokens: TokenProvider = { getToken: () => own.getToken(''), forget: () => undefined };
  const nowhere = { ...deps, tokens, endpoints: { graph: '', defender: '' } };
  for (const backend of ['graph', 'defender'] as const)
    expect(() => sourceFor(nowhere, plainTenant(tenantId, { cloud: 'china', backend }), permits)).toThrow(
      ContractError,
    );
});
