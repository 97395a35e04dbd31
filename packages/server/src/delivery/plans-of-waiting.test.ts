import { expect, test } from 'vitest';
import type { Database, Queryable } from '../db/database.ts';
import { claimDue, claimStart } from '../db/queries/delivery-claims.ts';
import { blocksOf, explain, openPinned, type Asked } from '../testing/query-plan.ts';
import { testClock } from '../testing/test-clock.ts';
import { noIntake, todayMs, worldOfFile } from './testing/world.ts';

const clock = testClock(todayMs());
const worldNow = worldOfFile(clock);

test('a claim ends where what is due ends, however much of the webhook waits behind it', async () => {
  const world = worldNow();
  await world.webhook('https://example.com/');
  await world.emit(noIntake, 1);
  await world.db.script(`
    insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, due_at, created_at)
    select environment_id, left(id, -16) || lpad(i::text, 16, '0'), webhook_id, event_id, event_name,
      due_at + i * interval '1 h', created_at
    from delivery_queue, generate_series(1, 20000) i`);
  await using db = openPinned(world.url);
  const { claimed, asked } = await claim(db);
  expect(claimed).toBe(1);
  const plan = await explain(db, 'analyze, buffers', asked);
  // Only these tell: entries of the index that are beyond the end are left out before rows are counted.
  expect(blocksOf(plan)).toBeLessThan(60);
});

/** Claims, and takes it back: how many it brought, and the statement as it was sent. */
async function claim(db: Database): Promise<{ claimed: number; asked: Asked }> {
  let asked: Asked | undefined;
  const recorder: Queryable = {
    query(statement, values = []) {
      asked = { statement, values };
      return db.query(statement, values);
    },
  };
  const room = { inAll: 512, bytes: 1e6, rooms: new Map(), otherwise: 64 };
  await db.script('begin');
  const claimed = await claimDue(recorder, {
    nodeId: 'node_x',
    now: new Date(clock.nowMs()),
    after: claimStart,
    ...room,
  });
  await db.script('rollback');
  if (asked === undefined) throw new Error('Nothing was asked.');
  return { claimed: claimed.length, asked };
}
