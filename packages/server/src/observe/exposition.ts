import { Counter, Gauge, Registry } from 'prom-client';
import { BucketHistogram } from './bucket-histogram.ts';
import type { EventLoopDelay } from './event-loop.ts';
import type { Metrics } from './metrics.ts';
import type { Tally } from './tally.ts';

/** A value under its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What is asked for when somebody reads the metrics. */
export interface MetricSources {
  readonly version: string;
  readonly metrics: Metrics;
  readonly eventLoopDelay: () => EventLoopDelay;
  /** By metric name: what it says, and its values now. Gauges, but for names that end in `_total`. */
  readonly gauges: Readonly<Record<string, GaugeSource>>;
}

export interface GaugeSource {
  readonly help: string;
  readonly labels?: readonly string[];
  readonly read: () => readonly Sample[] | Promise<readonly Sample[]>;
}

export interface Exposition {
  readonly contentType: string;
  /** The metrics in the text format of Prometheus. */
  render(): Promise<string>;
}

export function createExposition(sources: MetricSources): Exposition {
  const registry = new Registry();
  const { metrics } = sources;
  counter(
    registry,
    'credence_api_requests_total',
    'Requests to the API.',
    ['method', 'route', 'status'],
    () => samplesOf(metrics.requests),
  );
  counter(
    registry,
    'credence_attempts_total',
    'Attempts at deliveries.',
    ['region', 'outcome', 'stage'],
    () => samplesOf(metrics.attempts),
  );
  counter(
    registry,
    'credence_deliveries_ended_total',
    'Deliveries that this node ended.',
    ['status', 'reason'],
    () => samplesOf(metrics.ends),
  );
  for (const [name, help, read] of plainCounters(metrics))
    counter(registry, name, help, [], () => [[{}, read()]]);
  addHistograms(registry, metrics);
  addProcess(registry, sources);
  for (const [name, { help, labels = [], read }] of Object.entries(sources.gauges))
    gauge(registry, name, help, labels, read);
  return { contentType: registry.contentType, render: () => registry.metrics() };
}

function plainCounters(metrics: Metrics): (readonly [name: string, help: string, read: () => number])[] {
  return [
    ['credence_events_recorded_total', 'Events that were committed.', () => metrics.eventsRecorded],
    ['credence_claims_total', 'Times that this node asked for deliveries.', () => metrics.claims],
    ['credence_claimed_deliveries_total', 'Deliveries that it got.', () => metrics.claimedDeliveries],
    ['credence_lease_lapses_total', 'Times that this node lost its lease.', () => metrics.leaseLapses],
    ['credence_freed_deliveries_total', 'Deliveries of dead nodes it freed.', () => metrics.freedDeliveries],
    ['credence_api_logs_dropped_total', 'API logs that could not be written.', () => metrics.apiLogsDropped],
  ];
}

function addHistograms(registry: Registry, metrics: Metrics): void {
  const perRegion = (name: string, help: string, kind: 'duration' | 'lag'): void => {
    const read = () =>
      [...metrics.regions].map(([region, buckets]) => ({ labels: { region }, buckets: buckets[kind] }));
    new BucketHistogram({ registry, name, help, read });
  };
  perRegion('credence_attempt_duration_seconds', 'Whole attempts.', 'duration');
  perRegion('credence_first_attempt_lag_seconds', 'From the event to the end of its first attempt.', 'lag');
  const perFold = (name: string, help: string, kind: 'seconds' | 'rows'): void => {
    const read = () =>
      Object.entries(metrics.folds).map(([fold, buckets]) => ({ labels: { fold }, buckets: buckets[kind] }));
    new BucketHistogram({ registry, name, help, read });
  };
  perFold('credence_commit_seconds', 'Commits that many results or requests share.', 'seconds');
  perFold('credence_commit_rows', 'How many share one.', 'rows');
}

function addProcess(registry: Registry, { version, eventLoopDelay }: MetricSources): void {
  gauge(registry, 'credence_info', 'The version that runs.', ['version'], () => [[{ version }, 1]]);
  const delayHelp = 'Lateness of the event loop since the metrics were read last.';
  gauge(registry, 'credence_event_loop_delay_seconds', delayHelp, ['quantile'], () =>
    eventLoopDelay().map(([quantile, seconds]): Sample => [{ quantile: String(quantile) }, seconds]),
  );
  counter(registry, 'process_cpu_seconds_total', 'CPU time, user and system.', [], () => {
    const { user, system } = process.cpuUsage();
    return [[{}, (user + system) / 1e6]];
  });
  gauge(registry, 'process_resident_memory_bytes', 'Resident memory.', [], () => [
    [{}, process.memoryUsage.rss()],
  ]);
  gauge(registry, 'nodejs_heap_size_used_bytes', 'Heap in use.', [], () => [
    [{}, process.memoryUsage().heapUsed],
  ]);
}

function samplesOf({ all }: Tally): Sample[] {
  return all.map(({ labels, count }) => [labels, count]);
}

/** Shows a count that is kept elsewhere. */
function counter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => readonly Sample[],
): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: GaugeSource['read'],
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const samples = await read();
      this.reset();
      // Without labels a gauge is 0 until it is set: what is not known is not shown.
      if (samples.length === 0 && labelNames.length === 0) this.remove();
      for (const [labels, value] of samples) this.set(labels, value);
    },
  });
}
