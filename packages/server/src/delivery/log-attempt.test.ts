import { expect, test } from 'vitest';
import { receiverOfTest } from './testing/counting-receiver.ts';
import { testLog, worldOfFile } from './testing/world.ts';

const worldNow = worldOfFile();
const receiver = receiverOfTest();

test('an attempt is one line with every id, what it took and what became of it, and nothing that is secret', async () => {
  const world = worldNow();
  receiver.now().answer((_, response) => response.writeHead(500).end());
  const url = `${receiver.now().url}hook-of-a-tenant?token=hunter2`;
  const policy = { waits: [60], 'success-statuses': [200] };
  const webhookId = await world.webhook(url, { 'retry-policy': policy });
  const engine = await world.engine();
  const [eventId] = await world.emit(engine, 1);
  await engine.log.said('delivery.attempted');
  const [line] = engine.log.lines.filter(({ msg }) => msg === 'delivery.attempted');
  const [row] = await world.queue();
  expect(line).toMatchObject({
    level: 30,
    node: engine.nodeId,
    environment: world.scope.environmentId,
    webhook: webhookId,
    event: eventId,
    delivery: row?.id,
    name: 'custom.test',
    attempt: 1,
    host: new URL(url).host,
    status: 500,
    timings: { firstByte: expect.any(Number), total: expect.any(Number) },
    ms: expect.any(Number),
    ageMs: expect.any(Number),
    retryAt: expect.stringMatching(/^\d{4}-/),
  });
  expect(line).not.toHaveProperty('region');
  expect(JSON.stringify(line)).not.toMatch(/hunter2|hook-of-a-tenant/);
});

test('what was delivered is said at debug, so that a busy node does not write a line for each', async () => {
  const world = worldNow();
  await world.webhook(receiver.now().url);
  const log = testLog();
  log.logger.level = 'info';
  const quiet = await world.engine({ log: log.logger });
  await world.emit(quiet, 3);
  await world.untilEnded(3);
  const loud = await world.engine();
  await world.emit(loud, 1);
  await loud.log.said('delivery.attempted');
  expect(loud.log.lines.find(({ msg }) => msg === 'delivery.attempted')).toMatchObject({
    level: 20,
    end: 'completed',
    status: 200,
  });
  expect(log.lines.filter(({ msg }) => msg === 'delivery.attempted')).toEqual([]);
});
