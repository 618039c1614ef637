import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Also how often the loop is looked at; part of every value the histogram holds. */
const resolutionMs = 2;

const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
histogram.enable();

export interface StallReport {
  readonly type: 'stall';
  /** How long the event loop stood still at the longest since the last report. */
  readonly longestMs: number;
}

// Loaded into the host by --require: reports to the parent when asked.
process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'stall') return;
  const longestMs = Math.max(0, histogram.max / 1e6 - resolutionMs);
  histogram.reset();
  process.send?.({ type: 'stall', longestMs } satisfies StallReport);
});
