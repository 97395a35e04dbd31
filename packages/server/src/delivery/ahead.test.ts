import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { once, realTransport, receiverOfTest } from './testing/counting-receiver.ts';
import { wrapTransport } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { worldOfFile } from './testing/world.ts';

const worldNow = worldOfFile();
const receiver = receiverOfTest();

test('what was handed over ahead to a receiver that then hangs is no attempt, and arrives when it is back', async () => {
  const world = worldNow();
  const webhookId = await world.webhook(receiver.now().url, { 'max-concurrency': 8, 'timeout-ms': 30_000 });
  const held: ServerResponse[] = [];
  let isHanging = true;
  receiver.now().answer((_, response) => {
    if (isHanging && receiver.now().received.length > 20) held.push(response);
    else response.writeHead(200).end();
  });
  let posts = 0;
  const transport = wrapTransport(realTransport(), (request, post) => {
    posts += 1;
    return post({ ...request, patienceMs: 50 });
  });
  const engine = await world.engine({ transport });
  const ids = await world.emit(engine, 60);
  await engine.log.said('delivery.not_begun');
  await until('its connections are in use', () => held.length === 8);
  // More than its connections were handed over; of those, one after the other is given back, and one goes over at a time.
  expect(posts).toBeGreaterThan(20 + 8);
  await until('nothing else is under way', () => engine.load().underWay === 8);
  expect(receiver.now().received).toHaveLength(28);
  const pending = (await world.queue()).filter((row) => row.webhookId === webhookId);
  expect(pending.every(({ attemptsMade }) => attemptsMade === 0)).toBe(true);
  isHanging = false;
  for (const response of held) response.writeHead(200).end();
  await world.untilEnded(60);
  expect(receiver.received()).toEqual(once(ids));
  const ended = await world.ended();
  expect(ended.every(({ status, attemptsMade }) => status === 'completed' && attemptsMade === 1)).toBe(true);
});
