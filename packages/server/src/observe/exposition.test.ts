import { expect, test } from 'vitest';
import { Buckets } from './buckets.ts';
import { createExposition, type GaugeSource } from './exposition.ts';
import { Metrics } from './metrics.ts';

function expose(gauges: Readonly<Record<string, GaugeSource>> = {}) {
  const metrics = new Metrics();
  const eventLoopDelay = () => [[0.5, 0.25] as const];
  const exposition = createExposition({ version: '1.2.3', metrics, eventLoopDelay, gauges });
  const linesOf = async (name: string) =>
    (await exposition.render()).split('\n').filter((line) => line.startsWith(name));
  return { metrics, linesOf };
}

test('a gauge that is not known is not shown, with labels or without', async () => {
  let samples: readonly (readonly [Record<string, string>, number])[] = [];
  const { linesOf } = expose({
    plain: { help: 'x', read: () => samples },
    labelled: {
      help: 'x',
      labels: ['state'],
      read: () => Promise.resolve(samples.map(() => [{ state: 'a' }, 7])),
    },
  });
  expect([...(await linesOf('plain')), ...(await linesOf('labelled'))]).toEqual([]);
  samples = [[{}, 3]];
  expect([...(await linesOf('plain')), ...(await linesOf('labelled'))]).toEqual([
    'plain 3',
    'labelled{state="a"} 7',
  ]);
  samples = [];
  expect([...(await linesOf('plain')), ...(await linesOf('labelled'))]).toEqual([]);
});

test('counts are shown as they stand, however often they are read', async () => {
  const { metrics, linesOf } = expose();
  metrics.request('GET', '/api/v1/events/:id', 404);
  metrics.request('GET', '/api/v1/events/:id', 410);
  metrics.eventsRecorded += 5;
  const expected = ['credence_api_requests_total{method="GET",route="/api/v1/events/:id",status="4xx"} 2'];
  expect(await linesOf('credence_api_requests_total')).toEqual(expected);
  expect(await linesOf('credence_api_requests_total')).toEqual(expected);
  expect(await linesOf('credence_events_recorded_total')).toEqual(['credence_events_recorded_total 5']);
  expect(await linesOf('credence_info')).toEqual(['credence_info{version="1.2.3"} 1']);
});

test('attempts are counted by region, and a lag below nothing is nothing', async () => {
  const { metrics, linesOf } = expose();
  const attempt = { outcome: 'retry', stage: 'headers', durationMs: 20, lagMs: -5 };
  metrics.attempt({ ...attempt, region: 'india' });
  metrics.attempt({ ...attempt, region: '', lagMs: undefined });
  expect(await linesOf('credence_attempts_total')).toEqual([
    'credence_attempts_total{region="india",outcome="retry",stage="headers"} 1',
    'credence_attempts_total{region="",outcome="retry",stage="headers"} 1',
  ]);
  expect(await linesOf('credence_attempt_duration_seconds_sum{region="india"}')).toEqual([
    'credence_attempt_duration_seconds_sum{region="india"} 0.02',
  ]);
  expect(await linesOf('credence_first_attempt_lag_seconds_count')).toEqual([
    'credence_first_attempt_lag_seconds_count{region="india"} 1',
    'credence_first_attempt_lag_seconds_count{region=""} 0',
  ]);
  expect(await linesOf('credence_first_attempt_lag_seconds_sum{region="india"}')).toEqual([
    'credence_first_attempt_lag_seconds_sum{region="india"} 0',
  ]);
});

test('a value is counted in the first bucket that holds it, its bound included', () => {
  const buckets = new Buckets([1, 5]);
  for (const value of [0, 1, 1.01, 5, 6, 1e9]) buckets.observe(value);
  expect([...buckets.counts]).toEqual([2, 2, 2]);
  expect(buckets.sum).toBe(0 + 1 + 1.01 + 5 + 6 + 1e9);
});
