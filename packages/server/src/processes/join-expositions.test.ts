import { expect, test } from 'vitest';
import { joinExpositions } from './join-expositions.ts';

const of = (requests: number, extra = ''): string => `# HELP credence_api_requests_total Requests to the API.
# TYPE credence_api_requests_total counter
credence_api_requests_total{method="GET",route="/a b"} ${String(requests)}

# HELP process_cpu_seconds_total CPU time, user and system.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.5
${extra}
# HELP credence_queue_rows_capped Pending deliveries.
# TYPE credence_queue_rows_capped gauge
credence_queue_rows_capped{state="due"} 7
`;

test('samples of each process carry its number, what concerns all is there once, and families stay together', () => {
  const only =
    '# HELP credence_lag_seconds Lag.\n# TYPE credence_lag_seconds histogram\ncredence_lag_seconds_count{region=""} 4\n';
  const joined = joinExpositions([
    { process: 2, text: of(20, only) },
    { process: 1, text: of(10) },
  ]);
  expect(joined).toBe(`# HELP credence_api_requests_total Requests to the API.
# TYPE credence_api_requests_total counter
credence_api_requests_total{process="1",method="GET",route="/a b"} 10
credence_api_requests_total{process="2",method="GET",route="/a b"} 20

# HELP process_cpu_seconds_total CPU time, user and system.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total{process="1"} 1.5
process_cpu_seconds_total{process="2"} 1.5

# HELP credence_queue_rows_capped Pending deliveries.
# TYPE credence_queue_rows_capped gauge
credence_queue_rows_capped{state="due"} 7

# HELP credence_lag_seconds Lag.
# TYPE credence_lag_seconds histogram
credence_lag_seconds_count{process="2",region=""} 4
`);
});
