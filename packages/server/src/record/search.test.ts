import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import type { DeliveryRow } from '../db/queries/delivery-record.ts';
import { faultyDatabase } from '../delivery/testing/faulty.ts';
import { noIntake, worldOfFile, type EngineWorld } from '../delivery/testing/world.ts';
import { comparePlaces, fromCursor, toCursor, type Place } from './place.ts';
import { matches } from '../search/query.ts';
import type { Query } from './query.ts';
import { searchDeliveries, type Search, type SearchBounds } from './search.ts';
import { placeOf } from './source.ts';
import { insertDeliveries } from './testing/recorded.ts';
import { eventIds, queries, rows } from './testing/searches.ts';

const worldNow = worldOfFile();

function search({ db, scope }: EngineWorld, asked: Partial<Search>, bounds?: SearchBounds) {
  const whole = {
    query: undefined,
    direction: 'desc',
    after: undefined,
    before: undefined,
    size: 10,
  } as const;
  return searchDeliveries({ db }, scope, { ...whole, ...asked }, bounds);
}

/** Every page from the first to the last, and then back again by the cursors in front. */
async function walkThere(
  world: EngineWorld,
  asked: Partial<Search>,
  bounds?: SearchBounds,
): Promise<DeliveryRow[]> {
  const found: DeliveryRow[] = [];
  let after: Place | undefined;
  do {
    const page = await search(world, { ...asked, ...(after && { after }) }, bounds);
    found.push(...page.rows);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return found;
}

async function walkBack(world: EngineWorld, asked: Partial<Search>, from: Place): Promise<DeliveryRow[]> {
  const found: DeliveryRow[] = [];
  let before: Place | undefined = from;
  do {
    const page = await search(world, { ...asked, before });
    found.unshift(...page.rows);
    before = page.previous ?? undefined;
  } while (before !== undefined);
  return found;
}

function expected(all: readonly DeliveryRow[], query: Query | undefined, direction: 'asc' | 'desc') {
  const sign = direction === 'asc' ? 1 : -1;
  return all
    .filter((row) => query === undefined || matches(query, row))
    .toSorted((one, other) => sign * comparePlaces(placeOf(one), placeOf(other)));
}

const directions = fc.constantFrom('asc' as const, 'desc' as const);

test('finds exactly what matches, in order, each once, whatever the query, the page and the way', async () => {
  const world = worldNow();
  const all = fc.sample(rows, { numRuns: 90, seed: 7 });
  await insertDeliveries(world.db, world.scope.environmentId, all);
  await fc.assert(
    fc.asyncProperty(
      fc.option(queries, { nil: undefined }),
      directions,
      fc.integer({ min: 4, max: 40 }),
      async (query, direction, size) => {
        const wanted = expected(all, query, direction);
        const there = await walkThere(world, { query, direction, size });
        expect(there).toMatchObject(wanted);
        const last = wanted.at(-1);
        if (last === undefined) return;
        const back = await walkBack(world, { query, direction, size }, placeOf(last));
        expect(back).toMatchObject(wanted.slice(0, -1));
      },
    ),
    { numRuns: 30 },
  );
});

test('finds nothing of another environment', async () => {
  const world = worldNow();
  await insertDeliveries(world.db, 'env_other', fc.sample(rows, { numRuns: 30, seed: 1 }));
  expect(await walkThere(world, {})).toEqual([]);
  for (const eventId of eventIds) {
    const query = { kind: 'in', attribute: 'eventId', values: new Set([eventId]) } as const;
    expect(await walkThere(world, { query })).toEqual([]);
  }
});

test('a delivery is found once by every search while it goes from the queue to the record', async () => {
  const world = worldNow();
  const webhookId = await world.webhook('https://a.example/');
  const events = await world.emit(noIntake, 40);
  const move = statement(
    'test.move',
    `with gone as (delete from delivery_queue where id = $1 returning *)
     insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, attempts_made,
       created_at, ended_at)
     select environment_id, id, webhook_id, event_id, event_name, 'completed', 'delivered', 1, created_at,
       created_at + interval '1 millisecond' from gone
     returning id`,
  );
  const queue = await world.queue();
  const db = faultyDatabase(world.db);
  let moved = 0;
  // In the middle of each search, between one of its statements and the next.
  db.intercept('delivery-walk.unattempted', async (run) => {
    const found = await run();
    for (const { id } of queue.splice(0, 10)) moved += (await world.db.query(move, [id])).length;
    return found;
  });
  while (queue.length > 0) {
    const query = { kind: 'in', attribute: 'webhookId', values: new Set([webhookId]) } as const;
    const { rows: found } = await search({ ...world, db }, { query, size: 100 });
    expect(found.map(({ eventId }) => eventId).toSorted()).toEqual(events.toSorted());
  }
  expect(moved).toBe(40);
});

test('a search that would read too much answers what it has, and a cursor behind which it goes on', async () => {
  const world = worldNow();
  const count = 3_000;
  const bounds = { budget: 1_000, statementTimeoutMs: 5_000 };
  const firstMs = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const moments = Array.from({ length: count }, (_, index) => firstMs + index * 10);
  await world.db.query(
    statement(
      'test.insert-many',
      `insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, attempts_made,
         created_at, ended_at)
       select $1, id, case when i in (1, $4) then 'wbh_rare' else 'wbh_often' end, 'evt_x', 'custom.x', 'completed',
         'delivered', 1, at, at
       from unnest($2::text[], $3::timestamptz[]) with ordinality as d (id, at, i)`,
    ),
    [
      world.scope.environmentId,
      moments.map((atMs) => world.ids('delivery', atMs)),
      moments.map((atMs) => new Date(atMs).toISOString()),
      count,
    ],
  );
  const query = { kind: 'in', attribute: 'webhookId', values: new Set(['wbh_rare']) } as const;
  for (const direction of ['asc', 'desc'] as const) {
    const first = await search(world, { query, direction }, bounds);
    expect(first.rows).toHaveLength(1);
    expect(first.next).not.toBeNull();
    expect(await walkThere(world, { query, direction }, bounds)).toHaveLength(2);
  }
});

test('a search whose statement takes too long is told to be narrower', async () => {
  const world = worldNow();
  const lock = statement('test.lock', 'lock table deliveries in access exclusive mode');
  await world.db.transaction(async (tx) => {
    await tx.query(lock);
    const bounds = { budget: 1_000, statementTimeoutMs: 20 };
    await expect(search(world, {}, bounds)).rejects.toMatchObject({
      code: 'record_invalid',
      pointer: '/query',
      message: 'query takes longer than 20 ms; narrow it, for example by updated_at or event_id',
    });
  });
});

describe('a cursor', () => {
  test('is read as what was written, and anything else is none', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^\w{0,40}$/), (atMs, id) => {
        expect(fromCursor(toCursor({ atMs, id }))).toEqual({ atMs, id });
      }),
    );
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
    for (const bad of [
      '',
      'x',
      '%',
      made({}),
      made([1]),
      made([1, 2]),
      made([1.5, 'a']),
      made([-1, 'a']),
      made([1, "'; --"]),
      made([1, 'a', 2]),
      made([1e15, 'a']),
      made('a'),
    ]) {
      expect(fromCursor(bad), bad).toBeUndefined();
    }
  });
});
