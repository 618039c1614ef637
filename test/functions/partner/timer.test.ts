import '../../shared/http/quietTestMode';
import type * as functions from '@azure/functions';

test('once a day the partner relationships are looked at', () => {
  jest.isolateModules(() => {
    const { app } = jest.requireActual<typeof functions>('@azure/functions');
    const registered = jest.spyOn(app, 'timer');
    jest.requireActual('../../../functions/partner/timer');
    expect(registered.mock.calls).toEqual([
      ['scheduledPartners', expect.objectContaining({ schedule: '0 45 3 * * *' })],
    ]);
  });
});
