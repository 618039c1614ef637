import { retryDelayMs } from '../../../local/host/retry';

it('a fixed delay stays', () => {
  const options = { retryStrategy: 'fixedDelay', delayInterval: { seconds: 7 } };
  expect([1, 2, 3].map((retry) => retryDelayMs(options, retry))).toEqual([7000, 7000, 7000]);
});

it('an exponential back-off doubles from the minimum up to the maximum', () => {
  const options = {
    retryStrategy: 'exponentialBackoff',
    minimumInterval: { seconds: 2 },
    maximumInterval: { seconds: 10 },
  };
  expect([1, 2, 3, 4, 5].map((retry) => retryDelayMs(options, retry))).toEqual([2000, 4000, 8000, 10000, 10000]);
});
