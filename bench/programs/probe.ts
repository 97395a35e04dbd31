import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into every server that is measured: answers `probe` with the delay of its event loop since the last answer,
 * and with the most memory that the process ever had. Costs a timer every 10 ms.
 */
export interface Probe {
  readonly loopDelayP99Ms: number;
  readonly peakRssMb: number;
}

const resolutionMs = 10;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();

process.on('message', (request: { kind?: string }) => {
  if (request.kind !== 'probe') return;
  const answer: Probe = {
    loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
  delay.reset();
  process.send?.(answer);
});
// Whoever started this is gone: nobody will say when to stop.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// A server that is told to stop is not kept alive by this.
process.channel?.unref();
