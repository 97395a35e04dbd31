import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Seconds by which timers came late since the last look, by quantile; 1 is the worst. */
export type EventLoopDelay = readonly (readonly [quantile: number, seconds: number])[];

export interface EventLoopWatch {
  /** Looks, and begins anew. */
  take(): EventLoopDelay;
  stop(): void;
}

const resolutionMs = 10;
const quantiles = [0.5, 0.99, 1];

export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return {
    take() {
      // Nanoseconds between two ticks of a timer: its own pace is no delay.
      const seconds = (ns: number): number => Math.max(0, ns / 1e9 - resolutionMs / 1000);
      const delay = quantiles.map((quantile): [number, number] => [
        quantile,
        histogram.count === 0 ? 0 : seconds(histogram.percentile(quantile * 100)),
      ]);
      histogram.reset();
      return delay;
    },
    stop: () => void histogram.disable(),
  };
}
