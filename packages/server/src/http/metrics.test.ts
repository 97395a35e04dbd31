import { describe, expect, test } from 'vitest';
import { serve } from '../delivery/testing/served.ts';
import { until } from '../delivery/testing/until.ts';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

/** Values by name and labels, as they stand in the text. */
async function read({ server }: TestServer): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

test('metrics say what was asked, recorded, attempted and committed, under labels that are few', async () => {
  await using server = await startTestServer();
  const served = serve(server);
  await using receiver = await startTestReceiver();
  receiver.answer(({ event }, response) =>
    response.writeHead(event.json.data.attributes.payload.index === 0 ? 500 : 200).end(),
  );
  const policy = { waits: [600], 'success-statuses': [200] };
  await served.subscribe(receiver.url, 'metered', { 'retry-policy': policy });
  const refusing = await served.subscribe('http://127.0.0.1:1024/', 'metered', { 'retry-policy': policy });
  const data = [0, 1, 2].map((index) => ({ attributes: { name: 'custom.metered', payload: { index } } }));
  await server.api('POST', '/events', { data });
  await server.api('GET', '/events/evt_nobody1');
  await server.api('GET', '/nowhere');
  await until('all are recorded', async () =>
    (await served.queue()).every(({ leasedBy }) => leasedBy === null),
  );
  await until(
    'none is in memory',
    async () => (await read(server)).get('credence_deliveries_in_memory') === 0,
  );

  const values = await read(server);
  const at = (name: string) => values.get(name);
  expect(at('credence_api_requests_total{method="POST",route="/api/v1/events",status="2xx"}')).toBe(1);
  expect(at('credence_api_requests_total{method="GET",route="/api/v1/events/:id",status="4xx"}')).toBe(1);
  expect(at('credence_api_requests_total{method="GET",route="none",status="4xx"}')).toBe(1);
  expect(at('credence_events_recorded_total')).toBe(3);
  expect(at('credence_attempts_total{region="",outcome="completed",stage="answered"}')).toBe(2);
  expect(at('credence_attempts_total{region="",outcome="retry",stage="answered"}')).toBe(1);
  expect(at('credence_attempts_total{region="",outcome="retry",stage="connect"}')).toBe(3);
  expect(at('credence_deliveries_ended_total{status="completed",reason="delivered"}')).toBe(2);
  expect(at('credence_attempt_duration_seconds_count{region=""}')).toBe(6);
  expect(at('credence_attempt_duration_seconds_bucket{region="",le="+Inf"}')).toBe(6);
  expect(at('credence_first_attempt_lag_seconds_count{region=""}')).toBe(6);
  expect(at('credence_first_attempt_lag_seconds_sum{region=""}')).toBeGreaterThan(0);
  expect(at('credence_commit_rows_sum{fold="results"}')).toBe(6);
  expect(at('credence_commit_rows_sum{fold="events"}')).toBe(1);
  expect(at('credence_commit_seconds_count{fold="events"}')).toBe(1);
  expect(at('credence_claims_total')).toBeGreaterThan(0);
  expect(at('credence_attempts_under_way')).toBe(0);
  expect(at('credence_lease_held')).toBe(1);
  expect(at('credence_database_connections{pool="engine",state="waiting"}')).toBe(0);
  expect(at('credence_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  expect(at('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  const text = [...values.keys()].join('\n');
  expect(text).not.toMatch(/wbh_|evt_|env_|127\.0\.0\.1/);
  // A bucket has at least what the one before has, and the last has all.
  const buckets = [...values].filter(([name]) => name.startsWith('credence_attempt_duration_seconds_bucket'));
  expect(buckets.map(([, count]) => count)).toEqual(
    buckets.map(([, count]) => count).toSorted((a, b) => a - b),
  );

  await served.setStatus(refusing.id, 'disable');
  const unattempted = 'credence_deliveries_ended_total{status="failed",reason="webhook_disabled"}';
  await until('what waited has ended', async () => (await read(server)).get(unattempted) === 3);
});

describe('metrics are shown', () => {
  const statusOf = async ({ server }: TestServer, headers: Record<string, string> = {}) =>
    (await fetch(`${server.url}/metrics`, { headers })).status;

  test('on the machine itself where no token is set, and through no proxy', async () => {
    await using server = await startTestServer();
    expect(await statusOf(server)).toBe(200);
    for (const name of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-Ip'])
      expect(await statusOf(server, { [name]: '203.0.113.7' })).toBe(404);
  });

  test('to whoever has the token where one is set', async () => {
    const token = 'token-of-the-operator';
    await using server = await startTestServer({ env: { CREDENCE_METRICS_TOKEN: token } });
    expect(await statusOf(server)).toBe(401);
    expect(await statusOf(server, { authorization: 'Bearer another-token-of-some' })).toBe(401);
    expect(await statusOf(server, { authorization: `Bearer ${server.sandboxKey}` })).toBe(401);
    const allowed = { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.7' };
    expect(await statusOf(server, allowed)).toBe(200);
  });
});
