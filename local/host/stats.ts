/** What the Durable engine did since the start. */
export interface HostStats {
  /** Executions by activity name, failed ones and retries included. */
  readonly activities: Readonly<Record<string, number>>;
  /** Replays of orchestrator code. */
  readonly episodes: number;
  /** From the trigger's JSON to the parsed answer of the orchestrator. */
  readonly longestReplayMs: number;
  readonly totalReplayMs: number;
  /** UTF-8 bytes of the largest history handed to an orchestrator. */
  readonly largestHistoryBytes: number;
}

export interface StatsRecorder {
  activity(name: string): void;
  replay(durationMs: number, historyBytes: number): void;
  read(): HostStats;
}

export function createStats(): StatsRecorder {
  const activities = new Map<string, number>();
  let episodes = 0;
  let longestReplayMs = 0;
  let totalReplayMs = 0;
  let largestHistoryBytes = 0;
  return {
    activity(name) {
      activities.set(name, (activities.get(name) ?? 0) + 1);
    },
    replay(durationMs, historyBytes) {
      episodes++;
      totalReplayMs += durationMs;
      longestReplayMs = Math.max(longestReplayMs, durationMs);
      largestHistoryBytes = Math.max(largestHistoryBytes, historyBytes);
    },
    read: () => ({
      activities: Object.fromEntries(activities),
      episodes,
      longestReplayMs,
      totalReplayMs,
      largestHistoryBytes,
    }),
  };
}
