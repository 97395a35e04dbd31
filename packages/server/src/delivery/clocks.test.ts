import { expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { startTestServer } from '../testing/test-server.ts';
import { ledgerOf } from './testing/ledger.ts';
import { serve } from './testing/served.ts';
import { until } from './testing/until.ts';

const minuteMs = 60_000;

/** The clock of a machine that is wrong by `skewMs`. */
function wrongClock(skewMs: number): Clock {
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + skewMs + offsetMs;
  return {
    nowMs,
    schedule(atMs, callback) {
      const timer = setTimeout(callback, Math.max(0, atMs - nowMs()));
      return () => clearTimeout(timer);
    },
    follow(databaseNowMs) {
      offsetMs += databaseNowMs - nowMs();
    },
  };
}

test('nodes whose clocks are five minutes fast and slow keep one time, and make each attempt once', async () => {
  await using database = await createTestDatabase();
  await using receiver = await startTestReceiver();
  const seen = new Map<string, number>();
  receiver.answer(({ event, atMs }, response) => {
    response.writeHead(seen.has(event.id) ? 200 : 500).end();
    if (!seen.has(event.id)) seen.set(event.id, atMs);
  });
  const { url: databaseUrl } = database;
  await using fast = await startTestServer({ databaseUrl, clock: wrongClock(5 * minuteMs) });
  await using slow = await startTestServer({ databaseUrl, clock: wrongClock(-5 * minuteMs) });
  const nodes = [serve(fast), serve(slow)];
  await nodes[0]!.subscribe(receiver.url, 'skewed', {
    'retry-policy': { waits: [1], 'success-statuses': [200] },
  });
  const beganMs = Date.now();
  await Promise.all(Array.from({ length: 60 }, (_, index) => nodes[index % 2]!.send('skewed')));
  const ledger = ledgerOf(database.db);
  const ended = await until('all have ended', async () => {
    const rows = await ledger.ended();
    return rows.length === 60 && rows;
  });
  expect(ended.every(({ status, attemptsMade }) => status === 'completed' && attemptsMade === 2)).toBe(true);
  expect(receiver.received).toHaveLength(120);

  const attempts = await ledger.attempts();
  expect(new Set(attempts.map(({ nodeId }) => nodeId)).size).toBe(2);
  const isNow = (ms: number): boolean => ms > beganMs - 2_000 && ms < Date.now() + 2_000;
  expect(attempts.filter(({ startedAt }) => !isNow(startedAt.getTime()))).toEqual([]);
  for (const { event, headers, atMs } of receiver.received) {
    const seconds = Number(/^t=(\d+)/.exec(String(headers['persona-signature']))?.[1]);
    expect(isNow(seconds * 1_000)).toBe(true);
    expect(isNow(Date.parse(event.json.data.attributes['created-at']))).toBe(true);
    const firstAtMs = seen.get(event.id) ?? 0;
    if (atMs !== firstAtMs) expect(atMs - firstAtMs).toBeGreaterThan(900);
  }
  // Neither took the other for dead.
  for (const { server } of nodes) expect(server.logged()).not.toContain('node.died');
});
