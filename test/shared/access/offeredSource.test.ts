import { accessAfterFailure } from '../../../shared/access/accessAfter';
import { offeredSource } from '../../../shared/access/offeredSource';
import type { AppError } from '../../../shared/errors';
import { sourceFor } from '../../../shared/incidents/sourceFor';
import { pendingAccess } from '../../../shared/model/access';
import { beginning } from '../../../shared/model/time7';
import { plainTenant } from '../../support/plainTenant';
import { givenAnswers, tenantId } from '../incidents/givenAnswers';

const { permits, tokens: own, ...deps } = givenAnswers([]);
const tokens = { getToken: () => own.getToken(''), forget: () => undefined };
const sourceIn = offeredSource((tenant, given) =>
  sourceFor({ ...deps, tokens, endpoints: { graph: '', defender: '' } }, tenant, given),
);

test.each(['graph', 'defender'] as const)(
  'a tenant of a cloud that offers no incidents through %s is blocked, and its access says so',
  async (backend) => {
    const source = sourceIn(plainTenant(tenantId, { cloud: 'china', backend }), permits);
    const error = await source.listChanged({ from: beginning }).catch((thrown: unknown) => thrown as AppError);
    expect(error).toMatchObject({ code: 'ERR_CONSENT', reason: 'notOffered', raw: 'china', tenantId });
    await expect(source.get('1')).rejects.toMatchObject({ reason: 'notOffered' });
    const registration = { authority: 'https://login.example', clientId: 'c', cloud: 'china', backend } as const;
    const access = accessAfterFailure(pendingAccess, error as AppError, tenantId, registration, 0);
    expect(access).toMatchObject({ state: 'blocked', reason: 'notOffered', link: null });
    expect(access.cure).toContain('in the cloud china');
  },
);

test('any other error of making one rises as it is', () => {
  const broken = offeredSource(() => {
    throw new TypeError('a defect');
  });
  expect(() => broken(plainTenant(tenantId), permits)).toThrow(TypeError);
});
