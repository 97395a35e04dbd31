import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import { startTestReceiver, type ReceivedPost } from '../testing/test-receiver.ts';
import { startTestServer } from '../testing/test-server.ts';
import { serve, serverOfFile } from './testing/served.ts';
import { until } from './testing/until.ts';

const servedNow = serverOfFile();

async function secondNode() {
  const { server } = servedNow();
  return startTestServer({ databaseUrl: server.databaseUrl });
}

test('two nodes over one database share 500 deliveries and their retries: each is made once', async () => {
  const served = servedNow();
  await using other = await secondNode();
  await using receiver = await startTestReceiver();
  const seen = new Set<string>();
  receiver.answer(({ event }, response) => {
    response.writeHead(seen.has(event.id) ? 200 : 500).end();
    seen.add(event.id);
  });
  const policy = { waits: [1], 'success-statuses': [200] };
  const { id } = await served.subscribe(receiver.url, 'shared', { 'retry-policy': policy });
  const nodes = [serve(served.server), serve(other)];
  const data = Array.from({ length: 50 }, (_, index) => ({
    attributes: { name: 'custom.shared', payload: { index } },
  }));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => nodes[index % 2]!.server.api('POST', '/events', { data })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
  await until('all have ended', async () => {
    const ended = (await served.ended()).filter(({ webhookId }) => webhookId === id);
    return (
      ended.length === 500 &&
      ended.every(({ attemptsMade, status }) => attemptsMade === 2 && status === 'completed')
    );
  });
  expect(receiver.received).toHaveLength(1_000);
  const counts = new Map<string, number>();
  for (const { event, headers } of receiver.received) {
    const key = `${event.id} ${String(headers['persona-webhook-attempts-made'])}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
  const byNode = await served.server.db.query<{ node: string }>(
    statement(
      'test.nodes-of-attempts',
      'select node_id as node from attempts union select node_id from deliveries where node_id is not null',
    ),
  );
  expect(byNode).toHaveLength(2);
});

test('a webhook that is changed on one node holds for the next event on the other', async () => {
  const served = servedNow();
  await using other = await secondNode();
  const there = serve(other);
  await using before = await startTestReceiver();
  await using after = await startTestReceiver();
  const { id } = await served.subscribe(before.url, 'changed');
  // Both nodes know it.
  await served.send('changed');
  await there.send('changed');
  await before.waitFor(2);
  await served.change(id, { url: after.url });
  const eventId = await there.send('changed');
  const [post] = await after.waitFor(1);
  expect(post?.event.id).toBe(eventId);
  await served.setStatus(id, 'disable');
  await there.send('changed');
  await served.setStatus(id, 'enable');
  await there.send('changed');
  await after.waitFor(2);
  expect(before.received).toHaveLength(2);
  expect(after.received).toHaveLength(2);
});

/** The first group of the signature was made with this secret. */
function isSignedBy(secret: string, { headers, body }: ReceivedPost): boolean {
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})/.exec(String(headers['persona-signature'])) ?? [];
  return createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex') === v1;
}

test('a webhook that is made on one node gets the next event of the other; its new secret signs the next one', async () => {
  const served = servedNow();
  await using other = await secondNode();
  const there = serve(other);
  await using receiver = await startTestReceiver();
  for (let turn = 0; turn < 10; turn += 1) {
    const name = `made-${String(turn)}`;
    const { id, secret } = await served.subscribe(receiver.url, name);
    const isOfTurn = ({ event }: ReceivedPost): boolean => event.name === `custom.${name}`;
    const firstId = await there.send(name);
    // Signed when it is sent, not when it was recorded.
    const [first] = await receiver.waitFor(1, isOfTurn);
    const path = `/webhooks/${id}/rotate-secret`;
    const rotated = await served.server.api('POST', path, { meta: { 'expires-in-seconds': 0 } });
    const secondId = await there.send(name);
    const [, second] = await receiver.waitFor(2, isOfTurn);
    expect([first!.event.id, second!.event.id]).toEqual([firstId, secondId]);
    expect(isSignedBy(secret, first!)).toBe(true);
    expect(isSignedBy(rotated.json.data.attributes.secret, second!)).toBe(true);
    expect(isSignedBy(secret, second!)).toBe(false);
  }
});

test('what a node hands back when it stops goes on at another within its poll of a second', async () => {
  const served = servedNow();
  await using receiver = await startTestReceiver();
  let isStopping = false;
  receiver.answer((_, response) => {
    if (isStopping) response.writeHead(200).end();
  });
  const limits = { 'timeout-ms': 500, 'retry-policy': { waits: [600], 'success-statuses': [200] } };
  const stopping = await secondNode();
  const { id } = await served.subscribe(receiver.url, 'handed', limits);
  const data = Array.from({ length: 60 }, () => ({ attributes: { name: 'custom.handed', payload: {} } }));
  await stopping.api('POST', '/events', { data });
  await receiver.waitFor(16);
  isStopping = true;
  await stopping[Symbol.asyncDispose]();
  const stoppedAtMs = performance.now();
  await until('no more waits for its first attempt', async () =>
    (await served.queue()).every(({ webhookId, attemptsMade }) => webhookId !== id || attemptsMade > 0),
  );
  expect(performance.now() - stoppedAtMs).toBeLessThan(3_000);
});
