import { join } from 'node:path';
import { ActivityFailure } from '../../../shared/durable';
import type { Registered } from '../../support/registered';
import { registeredBy } from '../../support/registered';
import { replayHistories } from '../../support/replayHistories';
import { stepped } from '../../support/stepped';

let app: Registered;
beforeAll(() => {
  app = registeredBy(() => jest.requireActual('../../../functions/backfill/orchestrator'));
});

const id = { tenantId: '00000001-0000-4000-8000-000000000000', runId: '1795161600000-abcdef012345' };
const now = '2026-11-21T08:00:00.000Z';
const step = expect.objectContaining({ functionName: 'stepBackfill', input: id }) as unknown;

test('a backfill takes step after step with the waits they ask for, until the job has ended', () => {
  const { next } = stepped(app, 'backfill', id, now);
  expect(next()).toEqual(step);
  expect(next({ ok: true, result: { ended: false, waitSeconds: 600 } })).toEqual({ timer: '2026-11-21T08:10:00.000Z' });
  expect(next()).toEqual(step);
  expect(next({ ok: true, result: { ended: true, waitSeconds: 0 } })).toEqual({ output: undefined });
});

test('one that goes on for fifty steps begins its history anew, where its row stands', () => {
  const { next, continued } = stepped(app, 'backfill', id, now);
  let asked = next();
  for (let steps = 0; steps < 50; steps += 1) {
    expect(asked).toEqual(step);
    next({ ok: true, result: { ended: false, waitSeconds: 10 } });
    asked = next();
  }
  expect([asked, continued]).toEqual([{ output: undefined }, [id]]);
});

test('one whose step cannot be carried out fails; the sweep starts it again', () => {
  const { next } = stepped(app, 'backfill', id, now);
  next();
  expect(() => next({ ok: false, code: 'ERR_CONFIG', message: 'm' })).toThrow(ActivityFailure);
});

replayHistories(join(__dirname, 'histories'), () => app);
