/** setTimeout takes at most 2³¹ − 1 ms; a longer wait is armed in steps. */
const longestStepMs = 2 ** 31 - 1;

export interface Alarms {
  /** Calls back once the wall clock has reached `atMs`, never before it. */
  at(atMs: number, ring: () => void): void;
  stop(): void;
}

export function createAlarms(): Alarms {
  const armed = new Set<NodeJS.Timeout>();
  let stopped = false;

  function at(atMs: number, ring: () => void): void {
    if (stopped) return;
    const timeout = setTimeout(
      () => {
        armed.delete(timeout);
        // Timers may run a millisecond early, and an orchestrator compares its clock with the time it asked for.
        if (Date.now() < atMs) at(atMs, ring);
        else ring();
      },
      Math.min(Math.max(atMs - Date.now(), 0), longestStepMs),
    );
    armed.add(timeout);
  }

  return {
    at,
    stop() {
      stopped = true;
      for (const timeout of armed) clearTimeout(timeout);
      armed.clear();
    },
  };
}
