import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { statement, type Queryable } from '../db/database.ts';
import { forgetCounts } from '../maintenance/keep-counts.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { createCounter, type Counter } from './counter.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Some nodes over one database, whose monotonic time is the test's. */
class Nodes {
  nowMs = 1_000;
  statements = 0;
  readonly failures: unknown[] = [];
  answers = (): boolean => true;
  readonly nodes: readonly Counter[];
  private readonly limit: number;
  private readonly name: string;

  constructor(name: string, { limit, count = 2 }: { limit: number; count?: number }) {
    this.limit = limit;
    this.name = name;
    this.nodes = Array.from({ length: count }, () => this.start());
  }

  start(): Counter {
    const db: Queryable = {
      query: (asked, values) => {
        this.statements += 1;
        if (!this.answers()) return Promise.reject(new Error('no answer'));
        return database.db.query(asked, values);
      },
    };
    const { name, limit, failures } = this;
    const monotonicMs = (): number => this.nowMs;
    const onError = (cause: unknown): void => void failures.push(cause);
    return createCounter({ db, clock: systemClock(), name, limit, onError, monotonicMs });
  }

  /** Asks `count` times, a millisecond apart. Returns how many were let through, and what each was told. */
  async ask(node: Counter | undefined, count: number): Promise<{ accepted: number; told: number[] }> {
    const told: number[] = [];
    let accepted = 0;
    for (let asked = 0; asked < count; asked += 1) {
      this.nowMs += 1;
      const allowance = await node?.take('env');
      if (allowance?.isExceeded === false) accepted += 1;
      told.push(allowance?.remaining ?? NaN);
    }
    return { accepted, told };
  }

  async endWindow(): Promise<void> {
    this.nowMs += 60_000;
    await database.db.script(
      `update request_counts set ends_at = clock_timestamp() where name = '${this.name}'`,
    );
  }

  async taken(): Promise<number> {
    const asked = statement('', 'select taken from request_counts where name = $1');
    const [row] = await database.db.query<{ taken: number }>(asked, [this.name]);
    return row?.taken ?? -1;
  }
}

describe('a limit over two nodes', () => {
  test('lets through what it says, to a few in a hundred, and a node never says more than before', async () => {
    const world = new Nodes('uneven', { limit: 2_000 });
    const [one, two] = world.nodes;
    let accepted = 0;
    const told: number[][] = [[], []];
    for (let round = 0; round < 30; round += 1) {
      for (const [index, count] of [90, 10].entries()) {
        const seen = await world.ask(index === 0 ? one : two, count);
        accepted += seen.accepted;
        told[index]?.push(...seen.told);
      }
    }
    expect(accepted).toBeLessThanOrEqual(2_000);
    expect(accepted).toBeGreaterThanOrEqual(1_940);
    for (const each of told) expect(each).toEqual(each.toSorted((a, b) => b - a));
  });

  test('costs far less than a statement a request, and none once it is used up', async () => {
    const world = new Nodes('cheap', { limit: 60_000, count: 1 });
    await world.ask(world.nodes[0], 20_000);
    expect(world.statements).toBeLessThan(60);
    const few = new Nodes('used-up', { limit: 10, count: 1 });
    await few.ask(few.nodes[0], 11);
    const before = few.statements;
    expect((await few.ask(few.nodes[0], 500)).accepted).toBe(0);
    expect(few.statements).toBe(before);
  });

  test('begins anew when its window is over', async () => {
    const world = new Nodes('window', { limit: 100 });
    const [one, two] = world.nodes;
    expect((await world.ask(one, 120)).accepted).toBe(100);
    expect((await world.ask(two, 5)).accepted).toBe(0);
    await world.endWindow();
    expect((await world.ask(two, 60)).accepted + (await world.ask(one, 60)).accepted).toBeGreaterThanOrEqual(
      96,
    );
    expect(await world.taken()).toBe(100);
  });

  test('loses with a node that dies no more than what that had ahead', async () => {
    const world = new Nodes('death', { limit: 1_000 });
    const [dead, alive] = world.nodes;
    const before = (await world.ask(dead, 300)).accepted;
    expect(before).toBe(300);
    const after = (await world.ask(alive, 900)).accepted;
    expect(before + after).toBeGreaterThanOrEqual(1_000 - 24);
    expect(before + after).toBeLessThanOrEqual(1_000);
  });

  test('gets back what a node had ahead and did not use', async () => {
    const world = new Nodes('back', { limit: 1_000 });
    const [idle, busy] = world.nodes;
    await world.ask(idle, 100);
    expect(await world.taken()).toBeGreaterThan(100);
    await idle?.handBack();
    expect(await world.taken()).toBeGreaterThan(100);
    world.nowMs += 5_001;
    await idle?.handBack();
    expect(await world.taken()).toBe(100);
    expect((await world.ask(busy, 950)).accepted).toBe(900);
    // All is handed out, and a node that ends gives back at once; the other finds it a second later.
    const late = world.start();
    await late.handBack(true);
    busy?.putBack('env', 3);
    await busy?.handBack(true);
    world.nowMs += 1_000;
    expect((await world.ask(idle, 5)).accepted).toBe(3);
  });

  test('counts what came at once in one statement, and grants whole or not at all', async () => {
    const world = new Nodes('at-once', { limit: 10, count: 1 });
    const [node] = world.nodes;
    const all = await Promise.all(Array.from({ length: 12 }, async () => node?.take('env')));
    expect(all.filter((each) => each?.isExceeded === false)).toHaveLength(10);
    expect(world.statements).toBe(1);
    await world.endWindow();
    expect((await node?.take('env', 8))?.isExceeded).toBe(false);
    expect((await node?.take('env', 3))?.isExceeded).toBe(true);
    expect((await node?.take('env', 2))?.isExceeded).toBe(false);
  });
});

describe('without an answer of the database', () => {
  test('requests go on, the node counts for itself, and says so afterwards', async () => {
    const world = new Nodes('away', { limit: 100, count: 1 });
    const [node] = world.nodes;
    world.answers = () => false;
    expect((await world.ask(node, 130)).accepted).toBe(100);
    expect(world.statements).toBe(1);
    expect(world.failures).toHaveLength(1);
    await world.endWindow();
    expect((await world.ask(node, 40)).accepted).toBe(40);
    world.answers = () => true;
    world.nowMs += 1_000;
    await world.ask(node, 1);
    expect(await world.taken()).toBeGreaterThanOrEqual(41);
    expect((await world.ask(node, 100)).accepted).toBe(59);
  });

  test('a request waits for a moment and no longer', async () => {
    let answer = (): void => undefined;
    const db: Queryable = {
      query: async (asked, values) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return database.db.query(asked, values);
      },
    };
    const counter = createCounter({
      db,
      clock: systemClock(),
      name: 'slow',
      limit: 5,
      patienceMs: 20,
      onError: () => undefined,
    });
    const first = await counter.take('env');
    expect([first.isExceeded, first.secondsToReset]).toEqual([false, 60]);
    // While it is quiet nobody waits.
    expect(counter.take('env')).toMatchObject({ isExceeded: false, remaining: 4 });
    answer();
  });
});

test('rows of windows that are long over are deleted, and no others', async () => {
  const world = new Nodes('over', { limit: 5, count: 1 });
  await world.ask(world.nodes[0], 1);
  await database.db.script(`
    update request_counts set ends_at = clock_timestamp() - interval '4 minutes' where name = 'over';
    insert into request_counts values ('env', 'long-over', clock_timestamp() - interval '6 minutes', 1, 1);`);
  expect(await forgetCounts({ db: database.db }).run()).toBe(false);
  const rows = await database.db.query<{ name: string }>(
    statement('', `select name from request_counts where name like '%over'`),
  );
  expect(rows).toEqual([{ name: 'over' }]);
});
