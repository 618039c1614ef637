import { readAccess } from '../../../../shared/store/access';
import { inProcessRelay } from '../../../support/inProcessRelay';

test('a tenant that refuses the defender registration keeps what is known of the reading one', async () => {
  let isRefused = false;
  const relay = await inProcessRelay({
    seed: 3,
    incidents: 5,
    intercept: (request, pass) =>
      isRefused && request.url.includes('defender.invalid') ? { ...pass(), status: 403, body: '{}' } : pass(),
  });
  const { tenantId } = relay.tenant;
  const accessOf = (registration: 'reader' | 'defender') => readAccess(tenantId, relay.incidents, registration);
  expect((await relay.sync()).state).toBe('complete');
  expect(await accessOf('defender')).toMatchObject({ state: 'pending' });

  isRefused = true;
  expect((await relay.sync({ backend: 'defender' })).state).toBe('failed');
  expect(await accessOf('reader')).toMatchObject({ state: 'granted' });
  expect(await accessOf('defender')).toMatchObject({ state: 'blocked', reason: 'roleMissing' });

  // Back on Graph the other registration's block holds nobody up.
  expect((await relay.sync({ backend: 'graph' })).state).toBe('complete');
  isRefused = false;
  expect((await relay.sync({ backend: 'defender', requested: true })).state).toBe('complete');
  expect(await accessOf('defender')).toMatchObject({ state: 'granted' });
});
