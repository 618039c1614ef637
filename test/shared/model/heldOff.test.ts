import type { Access } from '../../../shared/model/access';
import { pendingAccess } from '../../../shared/model/access';
import { heldOff, isHeldOff, keepingWait } from '../../../shared/model/heldOff';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const soon = '2026-11-20T08:01:00.000Z';
const late = '2026-11-20T09:00:00.000Z';
const past = '2026-11-20T07:59:00.000Z';
const granted: Access = { ...pendingAccess, state: 'granted' };
const blocked: Access = { ...pendingAccess, state: 'blocked', blockedUntil: '2026-11-20T08:15:00.000Z' };

test('of several waits the longest binds, in whichever order they are told', () => {
  expect(heldOff(heldOff(granted, soon), late)).toEqual({ ...granted, blockedUntil: late });
  const waiting = heldOff(granted, late);
  expect(heldOff(waiting, soon)).toBe(waiting);
  expect(heldOff(waiting, late)).toBe(waiting);
});

test('a blocked tenant keeps its probe and its wait apart', () => {
  expect(isHeldOff(blocked, nowMs)).toBe(false);
  const both = heldOff(blocked, soon);
  expect(both).toEqual({ ...blocked, throttledUntil: soon });
  expect(isHeldOff(both, nowMs)).toBe(true);
  expect(isHeldOff(both, Date.parse(soon))).toBe(false);
  expect(heldOff(blocked, late)).toEqual({ ...blocked, blockedUntil: late, throttledUntil: late });
});

test('what someone found out who looked before does not end a wait that still binds', () => {
  const waiting = heldOff(granted, soon);
  expect(keepingWait(waiting, granted, nowMs)).toEqual(waiting);
  expect(keepingWait(waiting, blocked, nowMs)).toEqual({ ...blocked, throttledUntil: soon });
  expect(keepingWait(heldOff(blocked, soon), granted, nowMs)).toEqual(waiting);
});

test('a wait that is over, and the probe of a blocked tenant, end', () => {
  expect(keepingWait(heldOff(granted, past), granted, nowMs)).toBe(granted);
  expect(keepingWait(blocked, granted, nowMs)).toBe(granted);
});
