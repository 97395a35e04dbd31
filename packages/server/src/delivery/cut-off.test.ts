import { expect, test } from 'vitest';
import { startFreezingProxy } from '../testing/freezing-proxy.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { startTestServer } from '../testing/test-server.ts';
import { ledgerOf } from './testing/ledger.ts';
import { serve } from './testing/served.ts';
import { until } from './testing/until.ts';

const leaseTimes = { leaseSeconds: 2, heartbeatMs: 200 };
const storeTimes = { statementMs: 500, engineAnswerMs: 700, connectMs: 700 };

test('a node that the network cuts off from the database sends nothing more, answers in time, and comes back', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFreezingProxy(database.url);
  await using receiver = await startTestReceiver();
  const answers: (() => void)[] = [];
  let isSlow = true;
  receiver.answer((_, response) => {
    const answer = (): void => void response.writeHead(200).end();
    if (isSlow) answers.push(answer);
    else answer();
  });
  await using cut = await startTestServer({ databaseUrl: proxy.url, leaseTimes, storeTimes });
  const served = serve(cut);
  const ledger = ledgerOf(database.db);
  await served.subscribe(receiver.url, 'cut', { 'timeout-ms': 30_000 });
  const data = Array.from({ length: 40 }, () => ({ attributes: { name: 'custom.cut', payload: {} } }));
  await cut.api('POST', '/events', { data });
  // Of a webhook of which nothing is known.
  const underWay = (await receiver.waitFor(2)).map(({ event }) => event.id);

  proxy.freeze();
  await until('its lease has lapsed', async () => (await fetch(`${cut.server.url}/readyz`)).status === 503);
  // There would be room for the others now.
  for (const answer of answers) answer();
  const beganMs = performance.now();
  const refused = await Promise.all([
    cut.api('POST', '/events', { data }),
    cut.api('GET', '/events'),
    ...Array.from({ length: 20 }, () => cut.api('GET', '/webhooks')),
  ]);
  expect(performance.now() - beganMs).toBeLessThan(8_000);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
  expect(receiver.received).toHaveLength(2);

  isSlow = false;
  await using other = await startTestServer({ databaseUrl: database.url, leaseTimes });
  await until('the other node has delivered all', async () => (await ledger.ended()).length === 40);
  const counts = new Map<string, number>();
  for (const { event } of receiver.received) counts.set(event.id, (counts.get(event.id) ?? 0) + 1);
  // Only what was under way when it was cut off, and could not be recorded, came twice.
  expect(
    [...counts]
      .filter(([, count]) => count > 1)
      .map(([id]) => id)
      .toSorted(),
  ).toEqual(underWay.toSorted());
  const attempts = await ledger.attempts();
  expect(new Set(attempts.map(({ nodeId }) => nodeId)).size).toBe(1);

  proxy.thaw();
  await until('it is ready again', async () => (await fetch(`${cut.server.url}/readyz`)).status === 200);
  const again = await until('it takes events again', async () => {
    const answer = await cut.api('POST', '/events', { data: data.slice(0, 5) });
    return answer.status === 201 && answer;
  });
  await until('they have ended', async () => (await ledger.ended()).length >= 45);
  const ids = again.json.data.map(({ id }: { id: string }) => id);
  expect(receiver.received.filter(({ event }) => ids.includes(event.id))).toHaveLength(5);
  expect(other.logged()).toContain('node.died');
});
