import { describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import { joinedDatabase } from '../db/joined-database.ts';
import { failWaiting } from '../db/queries/delivery-queue.ts';
import { serverOfFile } from '../delivery/testing/served.ts';
import { gate } from '../delivery/testing/faulty.ts';
import { until } from '../delivery/testing/until.ts';
import { noIntake, testLog, todayMs, worldOfFile } from '../delivery/testing/world.ts';
import { Metrics } from '../observe/metrics.ts';
import { testClock } from '../testing/test-clock.ts';
import { startTestServer } from '../testing/test-server.ts';
import { startDuty, type Duty } from './duty.ts';
import { endDeliveries } from './end-deliveries.ts';
import { keepPartitions } from './keep-partitions.ts';

const dayMs = 86_400_000;

describe('a duty', () => {
  function start(run: Duty['run']) {
    const clock = testClock(todayMs());
    const log = testLog();
    const duty = startDuty(clock, log.logger, { name: 'test', everyMs: 1_000, run });
    const untilPaused = () => until('it pauses', () => clock.scheduled.length === 1);
    return { clock, log, duty, untilPaused };
  }

  test('is done at once, and again after its pause', async () => {
    let runs = 0;
    const { clock, duty, untilPaused } = start(async () => ((runs += 1), false));
    await untilPaused();
    clock.advance(999);
    expect(runs).toBe(1);
    clock.advance(1);
    await untilPaused();
    expect(runs).toBe(2);
    await duty.stop();
    expect(clock.scheduled).toEqual([]);
  });

  test('goes on without a pause while there is more', async () => {
    let runs = 0;
    const { duty, untilPaused } = start(async () => (runs += 1) < 5);
    await untilPaused();
    expect(runs).toBe(5);
    await duty.stop();
  });

  test('that fails is logged, and goes on at its next time', async () => {
    let runs = 0;
    const { clock, log, duty, untilPaused } = start(async () => {
      if ((runs += 1) === 1) throw new Error('not today');
      return false;
    });
    await untilPaused();
    await log.said('duty.failed');
    clock.advance(1_000);
    await until('it ran again', () => runs === 2);
    await duty.stop();
  });

  test('that is stopped finishes the piece under way, and begins no other', async () => {
    const piece = gate();
    let runs = 0;
    const { duty } = start(async () => {
      runs += 1;
      await piece.pass();
      return true;
    });
    await piece.reached;
    let isStopped = false;
    const stopped = duty.stop().then(() => (isStopped = true));
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    piece.open();
    await stopped;
    expect(runs).toBe(1);
  });
});

describe('ending deliveries', () => {
  const worldNow = worldOfFile();

  test('happens in bounded steps until none is left, and to no webhook that is enabled', async () => {
    const world = worldNow();
    const ended = await world.webhook('https://a.example/');
    const kept = await world.webhook('https://b.example/');
    await world.emit(noIntake, 1);
    await world.db.script(`insert into delivery_queue
      (environment_id, id, webhook_id, event_id, event_name, due_at, created_at)
      select environment_id, id || i, webhook_id, event_id, event_name, due_at, created_at
      from delivery_queue cross join generate_series(1, 7499) i`);
    await world.setStatus(ended, 'disabled');
    const duty = endDeliveries(world);
    expect(await duty.run()).toBe(true);
    expect(await world.ended()).toHaveLength(5_000);
    expect(await duty.run()).toBe(false);
    expect(await world.ended()).toHaveLength(7_500);
    expect(await duty.run()).toBe(false);
    const left = await world.queue();
    expect(left).toHaveLength(7_500);
    expect(left.every(({ webhookId }) => webhookId === kept)).toBe(true);
  });

  test('counts what it ended, and nothing of what was undone', async () => {
    const world = worldNow();
    const ended = await world.webhook('https://a.example/');
    const archived = await world.webhook('https://b.example/');
    await world.emit(noIntake, 3);
    await world.setStatus(ended, 'disabled');
    await world.setStatus(archived, 'archived');
    const metrics = new Metrics();
    const undone = world.db.transaction(async (tx) => {
      await endDeliveries({ ...world, metrics, db: joinedDatabase(tx) }).run();
      throw new Error('not today');
    });
    await expect(undone).rejects.toThrow('not today');
    expect(metrics.ends.all).toEqual([]);
    const duty = endDeliveries({ ...world, metrics });
    await duty.run();
    await duty.run();
    const counted = ['webhook_archived', 'webhook_disabled'].map((reason) => ({
      labels: { status: 'failed', reason },
      count: 3,
    }));
    expect(metrics.ends.all).toHaveLength(2);
    expect(metrics.ends.all).toEqual(expect.arrayContaining(counted));
  });

  test('leaves what came after its webhook was enabled again, though it was asked before', async () => {
    const world = worldNow();
    const webhookId = await world.webhook('https://a.example/');
    await world.emit(noIntake, 1);
    const asked = { ...world.scope, webhookId, reason: 'webhook_disabled', now: new Date(), limit: 10 };
    expect(await failWaiting(world.db, asked)).toBe(0);
    await world.setStatus(webhookId, 'disabled');
    expect(await failWaiting(world.db, asked)).toBe(1);
  });

  test('leaves what a node has in memory, which ends it at its turn', async () => {
    const world = worldNow();
    const webhookId = await world.webhook('https://a.example/');
    await world.emit({ ...noIntake, reserve: () => true, nodeId: 'node_a' }, 2);
    await world.setStatus(webhookId, 'archived');
    await endDeliveries(world).run();
    expect(await world.queue()).toHaveLength(2);
  });
});

describe('keeping partitions', () => {
  const clock = testClock(todayMs());
  const worldNow = worldOfFile(clock);

  test('makes the days ahead, drops the old ones and says so', async () => {
    const world = worldNow();
    const log = testLog();
    const duty = keepPartitions({ ...world, log: log.logger });
    await duty.run();
    expect(log.lines).toEqual([]);
    clock.advance(100 * dayMs);
    expect(await duty.run()).toBe(false);
    const [{ partitions } = {}] = log.lines as unknown as { partitions: string[] }[];
    expect(new Set(partitions?.map((name) => name.replace(/_\d+$/, '')))).toEqual(
      new Set(['events', 'deliveries', 'attempts', 'api_logs']),
    );
    await world.webhook('https://a.example/');
    await world.emit(noIntake, 1);
  });
});

describe('a server that is told how long to keep', () => {
  test('events, deliveries and logs drops the days before, by itself', async () => {
    const clock = testClock(todayMs());
    const env = { CREDENCE_DELIVERY_DAYS: '2', CREDENCE_EVENT_DAYS: '5', CREDENCE_API_LOG_DAYS: '3' };
    await using server = await startTestServer({ clock, env });
    const firstDay = (atMs: number) => new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '');
    const partitions = async (table: string) => {
      const rows = await server.db.query<{ name: string }>(
        statement(
          'test.partitions',
          `select relname as name from pg_class where relkind = 'r' and relname ~ $1`,
        ),
        [`^${table}_\\d+$`],
      );
      return rows.map(({ name }) => name).toSorted();
    };
    clock.advance(8 * dayMs);
    const firstOf = (days: number) => firstDay(clock.nowMs() - days * dayMs);
    const tables = ['events', 'deliveries', 'attempts', 'api_logs'];
    const expected = [
      `events_${firstOf(5)}`,
      `deliveries_${firstOf(2)}`,
      `attempts_${firstOf(2)}`,
      `api_logs_${firstOf(3)}`,
    ];
    await until('the old days are gone', async () => {
      const first = await Promise.all(tables.map(async (table) => (await partitions(table))[0]));
      return first.join() === expected.join();
    });
  });
});

describe('expiring inquiries', () => {
  const clock = testClock(todayMs());
  const servedNow = serverOfFile(clock);

  test('is not stopped by one that cannot be opened', async () => {
    const { server } = servedNow();
    const broken = await server.inquiry();
    const healthy = await server.inquiry();
    await server.db.query(statement('test.break', `update inquiries set sealed = '\\x00' where id = $1`), [
      broken,
    ]);
    clock.advance(dayMs + 1_000);
    await until('the other has expired', async () => {
      const { json } = await server.api('GET', `/inquiries/${healthy}`);
      return json.data.attributes.status === 'expired';
    });
    await until('the broken one is reported', () => server.logged().includes('inquiry.not_expired'));
    expect(server.logged()).toContain(broken);
  });
});
