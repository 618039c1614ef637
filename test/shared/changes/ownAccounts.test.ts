import { AccountAway, createOwnAccounts } from '../../../shared/changes/ownAccounts';
import type { AppError } from '../../../shared/errors';
import { AuthError, ContractError, TargetError, ThrottledError, UpstreamError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import type { TicketActor } from '../../../shared/model/ticket';
import { givenTool } from '../../support/givenTool';
import { virtualClock } from '../../support/inProcessRelay';
import { plainConnection } from '../../support/plainConnection';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const us: TicketActor = { id: 'relay-account', name: 'Relay' };
const away = new UpstreamError('away');
const nobody = (): Promise<never> => Promise.reject(away);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const asking = () => {
  const clock = virtualClock('2026-11-20T12:00:00.000Z');
  let answer: TicketActor | AppError = us;
  let asked = 0;
  const whoAmI = (): Promise<TicketActor> => {
    asked += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const tool = { find: nobody, create: nobody, update: nobody, read: nobody, changedSince: nobody, whoAmI };
  const accountOf = createOwnAccounts({
    tools: { servicenow: givenTool(tool) },
    secrets: { auth: nobody, outbound: nobody },
    ...{ send: nobody, clock, log },
  });
  return {
    clock,
    asked: () => asked,
    says: (next: TicketActor | AppError) => void (answer = next),
    account: (change: Partial<Connection> = {}) => accountOf({ ...plainConnection, ...change }),
  };
};

test('it is asked once an hour, and anew where the connection was put with another secret', async () => {
  const own = asking();
  expect([await own.account(), await own.account()]).toEqual(['relay-account', 'relay-account']);
  expect(own.asked()).toBe(1);
  own.says({ id: 'other', name: null });
  expect(await own.account({ secretsSetAt: { auth: '2026-11-20T12:00:00.000Z' } })).toBe('other');
  own.clock.advance(hourMs);
  expect(await own.account()).toBe('other');
});

test.each<[string, AppError, number]>([
  ['does not answer', away, 5 * minuteMs],
  ['asks to wait', new ThrottledError('later', 7 * minuteMs), 7 * minuteMs],
  ['answers what is not understood', new ContractError('a page of a proxy'), 5 * minuteMs],
  ['is not there', new TargetError('it redirects', 'address', 302), 5 * minuteMs],
  ['is switched off', new TargetError('gone', 'gone', 410), 5 * minuteMs],
  ['is behind a vault that does not hand out its secret', new AuthError('no', 'Forbidden'), 5 * minuteMs],
])('of a tool that %s it is not known for now, nor asked for by each who needs it', async (_, error, waitMs) => {
  const own = asking();
  own.says(error);
  await expect(own.account()).rejects.toMatchObject({ name: 'AccountAway', retryAfterMs: waitMs });
  own.clock.advance(waitMs - 1_000);
  own.says(us);
  await expect(own.account()).rejects.toMatchObject({ name: 'AccountAway', retryAfterMs: 1_000 });
  expect(own.asked()).toBe(1);
  own.clock.advance(1_000);
  expect(await own.account()).toBe('relay-account');
});

test('what was told once holds while the tool is away', async () => {
  const own = asking();
  await own.account();
  own.says(away);
  for (let hours = 1; hours <= 3; hours += 1) {
    own.clock.advance(hourMs);
    expect(await own.account()).toBe('relay-account');
  }
  await expect(own.account({ url: 'https://other.example' })).rejects.toBeInstanceOf(AccountAway);
});

test('all who need it at once share one question', async () => {
  const own = asking();
  const first = own.account();
  own.says(away);
  expect(await Promise.all([first, own.account()])).toEqual(['relay-account', 'relay-account']);
  expect(own.asked()).toBe(1);
});

test.each<[string, AppError]>([
  ['has no name for us', new TargetError('set mapping.settings.account', 'refused', null)],
  ['does not let us ask', new TargetError('no right', 'credential', 403)],
])('a tool that %s tells none, and nothing waits for it', async (_, error) => {
  const own = asking();
  own.says(error);
  expect(await own.account()).toBeNull();
  own.says(us);
  own.clock.advance(5 * minuteMs);
  expect(await own.account()).toBe('relay-account');
});

test('what keeps no tickets has none', async () => {
  expect(await asking().account({ tool: 'webhook' })).toBeNull();
});
