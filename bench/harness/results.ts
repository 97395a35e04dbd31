import type { Parts } from './profile.ts';

import type { Spread } from './time.ts';

/** `single`: one event a request; `batch`: 100; `fan-out`: 100, and ten webhooks want each; `ingest`: nobody does. */
export type Shape = 'single' | 'batch' | 'fan-out' | 'ingest';
export type Subject =
  'bare' | 'no-store' | 'row-by-row' | 'bullmq' | 'product' | 'two-processes' | 'two-without-store';

export interface Rate {
  readonly kind: 'rate';
  readonly title: string;
  readonly subject: Subject;
  readonly shape: Shape;
  /** Deliveries; of `ingest`, events. */
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly loopDelayP99Ms?: number;
  readonly peakRssMb?: number;
}

export interface Latency {
  readonly kind: 'latency';
  readonly name: LatencyName;
  readonly title: string;
  readonly perSecond: number;
  /** Milliseconds from the request to the head of its answer: the commit is in it. */
  readonly ack: Spread;
  /** Milliseconds from the head of the answer to the delivery's arrival. */
  readonly receipt: Spread;
  readonly peakRssMb: number;
}

export type LatencyName = 'idle' | 'all-healthy' | 'half-hanging' | 'quiet-alone' | 'quiet-beside-flood';

export interface Backlog {
  readonly kind: 'backlog';
  readonly name: 'none' | 'later' | 'now';
  readonly title: string;
  readonly rows: number;
  readonly perSecond: number;
  /** Of the rate to that of a server without a backlog, turn and turn about: the median. */
  readonly ratio?: number;
  readonly cpuUs: number;
  readonly peakRssMb?: number;
}

export interface NotRun {
  readonly kind: 'not-run';
  readonly title: string;
  readonly why: string;
}

/** What is asked of the API. */
export type ApiCall = 'retrieve' | 'create';
/** `no-questions`: without API logs, and the key is not asked of the database. `complete`: with verifications. */
export type ApiName = 'bare' | 'product' | 'no-logs' | 'no-questions' | 'complete';

/** Each figure is the median of some rounds. CPU is microseconds a request. */
export interface ApiRate {
  readonly kind: 'api-rate';
  readonly call: ApiCall;
  readonly name: ApiName;
  readonly title: string;
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly postgresUs: number;
}

/** Where the time of a row's process goes. */
export interface ApiParts {
  readonly kind: 'api-parts';
  readonly call: ApiCall;
  readonly name: ApiName;
  readonly parts: Parts;
}

export type Result = Rate | Latency | Backlog | ApiRate | ApiParts | NotRun;

export function findRate(results: readonly Result[], subject: Subject, shape: Shape): Rate | undefined {
  return results.find(
    (result): result is Rate =>
      result.kind === 'rate' && result.subject === subject && result.shape === shape,
  );
}

export function findLatency(results: readonly Result[], name: LatencyName): Latency | undefined {
  return results.find((result): result is Latency => result.kind === 'latency' && result.name === name);
}

export function findBacklog(results: readonly Result[], name: Backlog['name']): Backlog | undefined {
  return results.find((result): result is Backlog => result.kind === 'backlog' && result.name === name);
}

export function findApiRate(results: readonly Result[], call: ApiCall, name: ApiName): ApiRate | undefined {
  return results.find(
    (result): result is ApiRate => result.kind === 'api-rate' && result.call === call && result.name === name,
  );
}

export function findApiParts(results: readonly Result[], call: ApiCall, name: ApiName): ApiParts | undefined {
  return results.find(
    (result): result is ApiParts =>
      result.kind === 'api-parts' && result.call === call && result.name === name,
  );
}
