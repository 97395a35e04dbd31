import { describe, expect, test } from 'vitest';
import { listUnservedRegions, publishEgressAddresses } from '../db/queries/egress-addresses.ts';
import { reportRegions } from '../maintenance/report-regions.ts';
import { createSources } from './egress/sources.ts';
import { performDelivery, type Performer } from './perform.ts';
import { gatedTransport, once, receiverOfTest } from './testing/counting-receiver.ts';
import { until } from './testing/until.ts';
import { noIntake, testLog, worldOfFile } from './testing/world.ts';

const worldNow = worldOfFile();
const receiver = receiverOfTest();

const germany = createSources(new Map([['germany', ['127.0.0.2', '127.0.0.3']]]));
const india = createSources(new Map([['india', ['127.0.0.4']]]));
const none = createSources(new Map());

async function heldBy(): Promise<(string | null)[]> {
  return (await worldNow().queue()).map(({ leasedBy }) => leasedBy);
}

describe('deliveries of a region', () => {
  test('come from its source addresses in turn, and those without a region from the default', async () => {
    const world = worldNow();
    const both = createSources(
      new Map([
        ['germany', ['127.0.0.2', '127.0.0.3']],
        ['india', ['127.0.0.4']],
      ]),
    );
    for (const region of ['germany', 'india', null])
      await world.webhook(`${receiver.now().url}${region ?? 'default'}`, { region });
    const engine = await world.engine({ sources: both });
    await world.emit(engine, 20);
    await world.untilEnded(60);
    const from: Record<string, Record<string, number>> = {};
    for (const post of receiver.now().received) {
      const counts = (from[post.path] ??= {});
      counts[post.from ?? ''] = (counts[post.from ?? ''] ?? 0) + 1;
    }
    expect(from).toEqual({
      '/germany': { '127.0.0.2': 10, '127.0.0.3': 10 },
      '/india': { '127.0.0.4': 20 },
      '/default': { '127.0.0.1': 20 },
    });
  });

  test('are neither born leased to a node without its addresses nor claimed by it', async () => {
    const world = worldNow();
    const ofIndia = await world.webhook(receiver.now().url, { region: 'india' });
    const anywhere = await world.webhook(receiver.now().url);
    const first = await world.engine({ sources: germany });
    await world.emit(first, 3);
    await world.emit(noIntake, 3);
    first.wake();
    await world.untilEnded(6);
    const claims = first.db.sent('delivery-queue.claim');
    first.wake();
    await until('it claimed again', () => first.db.sent('delivery-queue.claim') > claims);
    expect((await world.ended()).map(({ webhookId }) => webhookId)).toEqual(Array(6).fill(anywhere));
    expect((await world.queue()).map(({ webhookId }) => webhookId)).toEqual(Array(6).fill(ofIndia));
    expect(await heldBy()).toEqual(Array(6).fill(null));

    expect(first.log.lines.filter(({ msg }) => msg === 'delivery.elsewhere')).toEqual([]);

    const second = await world.engine({ sources: india });
    await world.untilEnded(12);
    const byIndia = (await world.attempts()).filter(({ nodeId }) => nodeId === second.nodeId);
    expect(byIndia).toHaveLength(6);
    expect(receiver.now().received.filter(({ from }) => from === '127.0.0.4')).toHaveLength(6);
  });

  test('whose webhook moves before they are sent are set aside without an attempt, and go on elsewhere', async () => {
    const world = worldNow();
    const webhookId = await world.webhook(receiver.now().url, { region: 'germany' });
    const first = await world.engine({ sources: germany });
    first.db.intercept('webhooks.find', async (run) => {
      await world.db.script(
        `update webhooks set region = 'india', revision = revision + 1 where id = '${webhookId}'`,
      );
      return run();
    });
    const ids = await world.emit(first, 3);
    await first.log.said('delivery.elsewhere', 3);
    await until('they are put back', async () => (await heldBy()).every((node) => node === null));
    expect(receiver.now().received).toEqual([]);
    expect((await world.queue()).map(({ attemptsMade }) => attemptsMade)).toEqual([0, 0, 0]);
    expect(await world.attempts()).toEqual([]);

    const second = await world.engine({ sources: india });
    await world.untilEnded(3);
    expect(receiver.received()).toEqual(once(ids));
    expect((await world.attempts()).map(({ nodeId }) => nodeId)).toEqual(Array(3).fill(second.nodeId));
    expect(new Set(receiver.now().received.map(({ from }) => from))).toEqual(new Set(['127.0.0.4']));
  });

  test('that wait for a node are waited for in the claim without holding up other webhooks', async () => {
    const world = worldNow();
    for (let index = 0; index < 5; index++) await world.webhook(receiver.now().url, { region: 'mars' });
    const anywhere = await world.webhook(receiver.now().url);
    await world.emit(noIntake, 200);
    await world.engine({ sources: germany });
    await world.untilEnded(200);
    expect((await world.ended()).every(({ webhookId }) => webhookId === anywhere)).toBe(true);
    expect(await heldBy()).toEqual(Array(1_000).fill(null));
  });

  test('end when their webhook is disabled, though no node serves it', async () => {
    const world = worldNow();
    const webhookId = await world.webhook(receiver.now().url, { region: 'mars' });
    const engine = await world.engine({ sources: none });
    await world.emit(engine, 2);
    expect(await heldBy()).toEqual([null, null]);
    await world.setStatus(webhookId, 'disabled');
    await world.setStatus(webhookId, 'enabled');
    await world.untilEnded(2);
    expect((await world.ended()).map(({ reason }) => reason)).toEqual(Array(2).fill('webhook_disabled'));
  });
});

test('an attempt from a node without the region sends nothing', async () => {
  const { transport } = gatedTransport();
  const world = worldNow();
  const posts: unknown[] = [];
  const performer: Performer = {
    ...world,
    transport: { post: (request) => (posts.push(request), transport.post(request)) },
    sources: germany,
    headerPrefix: 'Persona',
    version: 'test',
  };
  const { endpoint, delivery } = await prepared('india');
  expect(await performDelivery(performer, endpoint, delivery)).toBe('elsewhere');
  expect(posts).toEqual([]);
});

async function prepared(region: string) {
  const { createEndpoints } = await import('./endpoints.ts');
  const world = worldNow();
  const webhookId = await world.webhook(receiver.now().url, { region });
  const [id = ''] = await world.emit(noIntake, 1);
  const endpoint = await createEndpoints(world.db, world.vault, world.clock).get(
    world.scope.environmentId,
    webhookId,
    '1',
  );
  const event = { id, name: 'custom.test', createdAt: new Date(0), payload: '{}', context: null };
  const delivery = {
    environmentId: world.scope.environmentId,
    id: 'wbhe_1',
    webhookId,
    revision: '1',
    maxConcurrency: 16,
    rateLimitPerSecond: null,
    event: { ...event, sealedFor: null, sealed: null },
    attemptsMade: 0,
    firstAttemptedAtMs: null,
    batch: null,
  };
  return { endpoint, delivery };
}

test('a region for which deliveries wait and no node sends is reported; one that is served is not', async () => {
  const world = worldNow();
  await world.webhook(receiver.now().url, { region: 'india' });
  await world.webhook(receiver.now().url, { region: 'india' });
  await world.webhook(receiver.now().url, { region: 'germany' });
  const engine = await world.engine({ sources: germany });
  const log = testLog();
  const regions = new Map([['germany', ['127.0.0.2', '127.0.0.3']]]);
  await publishEgressAddresses(world.db, regions);
  const duty = reportRegions({ db: world.db, log: log.logger }, regions);
  await duty.run();
  expect(log.lines).toEqual([]);
  await world.emit(noIntake, 2);
  engine.wake();
  await world.untilEnded(2);
  await duty.run();
  expect(log.lines).toMatchObject([{ msg: 'region.unserved', level: 40, region: 'india', webhooks: 2 }]);
  // Nobody beats any more: what waits for that region has no node either.
  await engine.die();
  await world.db.script(`update nodes set alive_until = now() - interval '1 s'`);
  await world.emit(noIntake, 1);
  expect((await listUnservedRegions(world.db)).map(({ region }) => region)).toEqual(['germany', 'india']);
});

test('a node that was configured with another list than the published one says so', async () => {
  const world = worldNow();
  const log = testLog();
  await publishEgressAddresses(world.db, new Map([['germany', ['127.0.0.2']]]));
  await reportRegions({ db: world.db, log: log.logger }, new Map([['germany', ['127.0.0.3']]])).run();
  expect(log.lines).toMatchObject([{ msg: 'egress_addresses.differ', level: 40 }]);
});
