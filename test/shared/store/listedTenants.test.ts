import { knownTenants, tenantsAsMet } from '../../../shared/store/listedTenants';
import { tenantIdOf } from '../../support/plainTenant';

const [mine, theirs, third] = [tenantIdOf(1), tenantIdOf(2), tenantIdOf(3)] as const;

describe('tenants decided as they are met', () => {
  test('are asked for once each, also side by side, and known from then on', async () => {
    const asked: string[] = [];
    const tenants = tenantsAsMet((tenantId) => {
      asked.push(tenantId);
      return Promise.resolve(tenantId === mine);
    }, 10);
    expect(tenants.known(mine)).toBeUndefined();
    expect(await Promise.all([mine, mine, theirs].map((id) => tenants.decide(id)))).toEqual([true, true, false]);
    expect([tenants.known(mine), tenants.known(theirs), tenants.known(third)]).toEqual([true, false, undefined]);
    expect(await tenants.decide(theirs)).toBe(false);
    expect(asked).toEqual([mine, theirs]);
  });

  test('are spent after as many as were allowed, whatever the answers', async () => {
    const tenants = tenantsAsMet(() => Promise.resolve(true), 2);
    await Promise.all([mine, theirs, mine].map((id) => tenants.decide(id)));
    expect(tenants.isSpent()).toBe(false);
    await tenants.decide(third);
    expect(tenants.isSpent()).toBe(true);
  });

  test('may stand in any feed partition; known ones only in their own', () => {
    expect(tenantsAsMet(() => Promise.resolve(true), 1).nibbles).toHaveLength(16);
    expect(knownTenants([mine, mine]).nibbles).toHaveLength(1);
    expect(knownTenants([]).nibbles).toEqual([]);
  });
});
