import { ofTrigger, textOption, type AppFunction } from '../appFunction';
import { createAlarms } from '../alarms';
import type { Invoke } from '../invoke';
import { invokeWithRetry } from '../retry';
import type { WriteLog } from '../log';
import { describeThrown } from '../thrown';
import { parseNcrontab, type Schedule } from './ncrontab';

export interface Timers {
  start(): void;
  stop(): void;
}

interface ScheduleStatus {
  readonly Last: string;
  readonly Next: string;
  readonly LastUpdated: string;
}

/**
 * Runs timer functions at their occurrences. A timer never overlaps itself: occurrences missed while it ran give one
 * late run, marked past due. What ran last is remembered in memory only.
 */
export function createTimers(functions: readonly AppFunction[], invoke: Invoke, log: WriteLog): Timers {
  const alarms = createAlarms();
  const stopping = new AbortController();

  function arm(target: AppFunction, schedule: Schedule, run: Run): void {
    alarms.at(run.dueMs, () => {
      void runAndArm(target, schedule, run);
    });
  }

  async function runAndArm(target: AppFunction, schedule: Schedule, run: Run): Promise<void> {
    await runTimer(target, timerPayload(target, schedule, run), invoke, log, stopping.signal);
    const next = schedule.next(new Date(run.dueMs));
    if (!next) return;
    const isPastDue = next.getTime() <= Date.now();
    const dueMs = isPastDue ? latestPassed(schedule, next) : next.getTime();
    arm(target, schedule, { dueMs, lastRunMs: run.dueMs, isPastDue });
  }

  return {
    start() {
      for (const target of ofTrigger(functions, 'timerTrigger')) {
        const schedule = scheduleOf(target);
        const first = target.trigger.options.runOnStartup === true ? new Date() : schedule.next(new Date());
        if (first) arm(target, schedule, { dueMs: first.getTime(), lastRunMs: undefined, isPastDue: false });
      }
    },
    stop() {
      stopping.abort();
      alarms.stop();
    },
  };
}

/** Of the occurrences from `passed` on, the last that lies in the past. */
function latestPassed(schedule: Schedule, passed: Date): number {
  let latest = passed;
  for (let next = schedule.next(latest); next && next.getTime() <= Date.now(); next = schedule.next(next))
    latest = next;
  return latest.getTime();
}

export function scheduleOf(target: AppFunction): Schedule {
  return parseNcrontab(textOption(target.trigger, 'schedule') ?? '');
}

/** The payload of a run asked for by hand, out of schedule. */
export function manualTimerPayload(target: AppFunction): string {
  const schedule = scheduleOf(target);
  return timerPayload(target, schedule, { dueMs: Date.now(), lastRunMs: undefined, isPastDue: false });
}

/** A timer's failure is logged and otherwise has no effect: the next occurrence comes all the same. */
async function runTimer(
  target: AppFunction,
  payload: string,
  invoke: Invoke,
  log: WriteLog,
  signal: AbortSignal,
): Promise<void> {
  try {
    await invokeWithRetry(invoke, target, { trigger: { json: payload } }, signal);
  } catch (error) {
    const { message, stack } = describeThrown(error);
    log('Error', `Function.${target.name}`, stack === '' ? message : stack, target.name);
  }
}

/** One run of a timer: the occurrence it is for, and the one of the run before. */
interface Run {
  readonly dueMs: number;
  readonly lastRunMs: number | undefined;
  readonly isPastDue: boolean;
}

export function timerPayload(target: AppFunction, schedule: Schedule, run: Run): string {
  return JSON.stringify({
    Schedule: { AdjustForDST: true },
    ScheduleStatus: isMonitored(target, schedule) ? scheduleStatus(schedule, run) : null,
    IsPastDue: run.isPastDue,
  });
}

function scheduleStatus(schedule: Schedule, { dueMs, lastRunMs }: Run): ScheduleStatus {
  const next = schedule.next(new Date(dueMs));
  return {
    Last: lastRunMs === undefined ? '0001-01-01T00:00:00' : toDotNetTime(lastRunMs),
    Next: next ? toDotNetTime(next.getTime()) : '0001-01-01T00:00:00',
    LastUpdated: lastRunMs === undefined ? '0001-01-01T00:00:00' : toDotNetTime(lastRunMs),
  };
}

/** The host keeps no status of a timer that runs more than once a minute, or says `useMonitor: false`: it is null then. */
function isMonitored(target: AppFunction, schedule: Schedule): boolean {
  if (target.trigger.options.useMonitor === false) return false;
  let from = schedule.next(new Date(0));
  for (let index = 0; from && index < 60; index++) {
    const next = schedule.next(from);
    if (next && next.getTime() - from.getTime() < 60_000) return false;
    from = next;
  }
  return true;
}

function toDotNetTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}+00:00`;
}
