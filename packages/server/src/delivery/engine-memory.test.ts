import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { once, receiverOfTest } from './testing/counting-receiver.ts';
import { until } from './testing/until.ts';
import { noIntake, worldOfFile } from './testing/world.ts';
import { pendingDeliveries } from '../testing/pending-deliveries.ts';

const worldNow = worldOfFile();
const receiver = receiverOfTest();

describe('memory is bounded', () => {
  test('1,200 deliveries to a slow receiver: never more than the limit is held, and all arrive', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    let mostAtOnce = 0;
    let atOnce = 0;
    receiver.now().answer((_, response) => {
      mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
      setTimeout(() => {
        atOnce -= 1;
        response.writeHead(200).end();
      }, 5);
    });
    const engine = await world.engine({ limits: { perWebhook: 100 } });
    const held = statement(
      'test.held',
      `select count(*)::int as count from (${pendingDeliveries}) pending where leased_by is not null`,
    );
    let mostHeld = 0;
    const watch = { goesOn: true };
    const watching = (async () => {
      while (watch.goesOn) {
        const [row] = await world.db.query<{ count: number }>(held);
        mostHeld = Math.max(mostHeld, row?.count ?? 0);
        await pause(20);
      }
    })();
    for (let round = 0; round < 6; round++) await world.emit(engine, 200);
    await world.untilEnded(1_200);
    watch.goesOn = false;
    await watching;
    expect(new Set(receiver.now().received.map(({ event }) => event.id)).size).toBe(1_200);
    expect(receiver.now().received).toHaveLength(1_200);
    expect(mostAtOnce).toBe(16);
    expect(mostHeld).toBeGreaterThan(16);
    expect(mostHeld).toBeLessThanOrEqual(100);
  });

  test('a webhook that hangs does not delay another: its 200 deliveries end while the first hangs', async () => {
    const world = worldNow();
    await using hanging = await startTestReceiver();
    hanging.answer(() => undefined);
    const hangingId = await world.webhook(hanging.url, { 'timeout-ms': 30_000 });
    const healthyId = await world.webhook(receiver.now().url);
    const engine = await world.engine({ limits: { perWebhook: 50, inAll: 120 } });
    for (let round = 0; round < 4; round++) await world.emit(engine, 50);
    await world.untilEnded(200);
    const ended = await world.ended();
    expect(ended.every(({ webhookId, status }) => webhookId === healthyId && status === 'completed')).toBe(
      true,
    );
    expect(hanging.received).toHaveLength(2);
    const queue = await world.queue();
    expect(queue).toHaveLength(200);
    expect(queue.filter(({ leasedBy }) => leasedBy !== null).length).toBeLessThanOrEqual(50);
    expect(queue.every(({ webhookId }) => webhookId === hangingId)).toBe(true);
  });

  test('forty webhooks that hang with a backlog do not take the memory of one that is alive', async () => {
    const world = worldNow();
    await using hanging = await startTestReceiver();
    hanging.answer(() => undefined);
    const hangs = { 'timeout-ms': 30_000, 'max-concurrency': 2 };
    for (let index = 0; index < 40; index++) await world.webhook(hanging.url, hangs);
    await world.emit(noIntake, 20);
    const aliveId = await world.webhook(receiver.now().url);
    const engine = await world.engine({ limits: { perWebhook: 20, inAll: 200 } });
    await until('the memory is taken', () => hanging.received.length >= 60);
    const ids: string[] = [];
    for (let round = 0; round < 10; round++) ids.push(...(await world.emit(engine, 10)));
    await until(
      'the one that is alive has its own',
      async () => (await world.ended()).filter(({ webhookId }) => webhookId === aliveId).length === 100,
    );
    expect(receiver.received()).toEqual(once(ids));
  });
});
