import { expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { openDatabase, statement, type Database } from '../db/database.ts';
import { failing, faultyDatabase } from '../delivery/testing/faulty.ts';
import { noIntake, todayMs, worldOfFile, type EngineWorld } from '../delivery/testing/world.ts';
import { endDeliveries } from '../maintenance/end-deliveries.ts';
import { forgetOldResends } from '../maintenance/forget-resends.ts';
import { testClock } from '../testing/test-clock.ts';
import { resendDelivery } from './resend.ts';
import { retrieveResendJob, startResendJob, stepResendJob, stopResendJob } from './resend-job.ts';

const clock = testClock(todayMs());
const worldNow = worldOfFile(clock);

/** Of a context, what the record needs; wakes are counted. */
function contextOf({ ids }: EngineWorld, db: Database): Context & { readonly wakes: () => number } {
  let wakes = 0;
  const intake = { ...noIntake, wake: () => (wakes += 1) };
  return { db, clock, ids, intake, wakes: () => wakes } as unknown as Context & { wakes: () => number };
}

/** A webhook with deliveries that failed, enabled again. */
async function withFailed(world: EngineWorld, count: number): Promise<string> {
  const webhookId = await world.webhook('https://a.example/');
  await world.emit(noIntake, count);
  await world.setStatus(webhookId, 'disabled');
  await endDeliveries(world).run();
  expect((await world.ended()).map(({ status }) => status)).toEqual(Array(count).fill('failed'));
  await world.setStatus(webhookId, 'enabled');
  clock.advance(1);
  return webhookId;
}

async function resends(db: Database): Promise<{ deliveryId: string; resentAs: string }[]> {
  return db.query(
    statement('test.resends', 'select delivery_id as "deliveryId", resent_as as "resentAs" from resends'),
  );
}

/** Each that failed was sent again once, as what is now pending. */
async function expectEachOnce(world: EngineWorld): Promise<void> {
  const failed = (await world.ended()).map(({ id }) => id);
  const links = await resends(world.db);
  expect(links.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(failed.toSorted());
  const queue = await world.queue();
  expect(queue.map(({ id }) => id).toSorted()).toEqual(links.map(({ resentAs }) => resentAs).toSorted());
  const events = (rows: readonly { eventId: string }[]) => rows.map(({ eventId }) => eventId).toSorted();
  expect(events(queue)).toEqual(events(await world.ended()));
  expect(queue.every(({ attemptsMade, leasedBy }) => attemptsMade === 0 && leasedBy === null)).toBe(true);
}

const settleMs = 25_000;

/** Works all jobs off, and once more when what had failed before them has surely been recorded. */
async function finishJobs(ctx: Context): Promise<void> {
  while (await stepResendJob(ctx));
  clock.advance(settleMs);
  while (await stepResendJob(ctx));
}

test('a job goes on where it was when the server that worked on it was killed, and sends nothing twice', async () => {
  const world = worldNow();
  const webhookId = await withFailed(world, 1_200);
  const dying = faultyDatabase(world.db);
  const ctx = contextOf(world, dying);
  const job = await startResendJob(ctx, world.scope, { webhookId, since: new Date(0) });
  expect(await stepResendJob(ctx)).toBe(true);
  expect(await retrieveResendJob(ctx, world.scope, job.id)).toMatchObject({
    status: 'running',
    matched: '500',
    resent: '500',
  });
  expect(ctx.wakes()).toBe(1);

  // Killed in the middle of its second step: nothing of that step remains.
  dying.intercept('resend-jobs.advance', failing(1, { executed: true }));
  await expect(stepResendJob(ctx)).rejects.toThrow('Connection lost.');
  expect(await world.queue()).toHaveLength(500);
  expect(ctx.wakes()).toBe(1);

  await using other = openDatabase({
    connection: { connectionString: world.url },
    connections: 2,
    applicationName: 'credence-test-other',
    onError: () => undefined,
  });
  const survivor = contextOf(world, other);
  await finishJobs(survivor);
  expect(await retrieveResendJob(survivor, world.scope, job.id)).toMatchObject({
    status: 'completed',
    matched: '1200',
    resent: '1200',
    endedAt: new Date(clock.nowMs()),
  });
  expect(survivor.wakes()).toBe(2);
  await expectEachOnce(world);
});

test('several nodes, several jobs and a resend by hand at once send each again once', async () => {
  const world = worldNow();
  const webhookId = await withFailed(world, 1_100);
  const [first] = await world.ended();
  const ctx = contextOf(world, world.db);
  const since = new Date(0);
  const jobs = await Promise.all([1, 2, 3].map(() => startResendJob(ctx, world.scope, { webhookId, since })));
  const byHand = resendDelivery(ctx, world.scope, first?.id ?? '').catch((cause: unknown) => cause);
  await Promise.all(
    [1, 2, 3].map(async () => {
      while (await stepResendJob(ctx));
    }),
  );
  await byHand;
  // A node may have met a moment at which the others held every job.
  await finishJobs(ctx);
  await expectEachOnce(world);
  const ended = await Promise.all(jobs.map(({ id }) => retrieveResendJob(ctx, world.scope, id)));
  expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  const sent = ended.reduce((total, { resent }) => total + Number(resent), 0);
  expect([1_099, 1_100]).toContain(sent);
});

test('a job leaves what failed before its time, what failed after it was made, and other webhooks', async () => {
  const world = worldNow();
  await withFailed(world, 3);
  clock.advance(60_000);
  const since = new Date(clock.nowMs());
  const webhookId = await world.webhook('https://b.example/');
  const others = new Set((await world.ended()).map(({ id }) => id));
  await world.emit(noIntake, 2);
  await world.setStatus(webhookId, 'disabled');
  await endDeliveries(world).run();
  await world.setStatus(webhookId, 'enabled');
  const ctx = contextOf(world, world.db);
  const job = await startResendJob(ctx, world.scope, { webhookId, since });
  clock.advance(1_000);
  await world.setStatus(webhookId, 'disabled');
  await world.setStatus(webhookId, 'enabled');
  await finishJobs(ctx);
  const done = await retrieveResendJob(ctx, world.scope, job.id);
  expect(done).toMatchObject({ status: 'completed', matched: '2', resent: '2' });
  expect((await resends(world.db)).filter(({ deliveryId }) => others.has(deliveryId))).toEqual([]);

  // What it sent again fails again: another job finds it, this one would have gone round and round.
  await world.setStatus(webhookId, 'disabled');
  await endDeliveries(world).run();
  await world.setStatus(webhookId, 'enabled');
  const next = await startResendJob(ctx, world.scope, { webhookId, since });
  await finishJobs(ctx);
  expect(await retrieveResendJob(ctx, world.scope, next.id)).toMatchObject({ matched: '2', resent: '2' });
});

test('a job that is canceled stops where it is; one whose webhook takes nothing more says so', async () => {
  const world = worldNow();
  const webhookId = await withFailed(world, 1_200);
  const ctx = contextOf(world, world.db);
  const canceled = await startResendJob(ctx, world.scope, { webhookId, since: new Date(0) });
  await stepResendJob(ctx);
  const stopped = await stopResendJob(ctx, world.scope, canceled.id);
  expect(stopped).toMatchObject({ status: 'canceled', resent: '500', error: null });
  expect(await stepResendJob(ctx)).toBe(false);
  expect(await world.queue()).toHaveLength(500);
  await expect(stopResendJob(ctx, world.scope, canceled.id)).rejects.toMatchObject({ code: 'conflict' });

  const doomed = await startResendJob(ctx, world.scope, { webhookId, since: new Date(0) });
  await world.setStatus(webhookId, 'archived');
  while (await stepResendJob(ctx));
  expect(await retrieveResendJob(ctx, world.scope, doomed.id)).toMatchObject({
    status: 'errored',
    error: 'webhook_archived',
    resent: '0',
  });
});

test('a job sends what failed before it and was recorded when it had passed that time', async () => {
  const world = worldNow();
  const webhookId = await withFailed(world, 3);
  // The first to fail, of a node whose record did not get through yet.
  await world.db.script(`
    create table unrecorded as select * from deliveries order by ended_at, id limit 1;
    delete from deliveries where id in (select id from unrecorded);`);
  const ctx = contextOf(world, world.db);
  const job = await startResendJob(ctx, world.scope, { webhookId, since: new Date(0) });
  const shown = () => retrieveResendJob(ctx, world.scope, job.id);
  while (await stepResendJob(ctx));
  expect(await shown()).toMatchObject({ status: 'running', matched: '2', resent: '2' });
  clock.advance(settleMs - 1);
  expect(await stepResendJob(ctx)).toBe(false);
  await world.db.script('insert into deliveries select * from unrecorded; drop table unrecorded;');
  await finishJobs(ctx);
  expect(await shown()).toMatchObject({ status: 'completed', matched: '3', resent: '3' });
  await expectEachOnce(world);
});

test('what has no event any more is counted, and not sent', async () => {
  const world = worldNow();
  const webhookId = await withFailed(world, 3);
  await world.db.script('delete from events where id = (select max(id) from events)');
  const ctx = contextOf(world, world.db);
  const job = await startResendJob(ctx, world.scope, { webhookId, since: new Date(0) });
  await finishJobs(ctx);
  expect(await retrieveResendJob(ctx, world.scope, job.id)).toMatchObject({ matched: '3', resent: '2' });
  expect(await world.queue()).toHaveLength(2);
});

test('a resend is forgotten once the day of its new delivery was dropped, and not before', async () => {
  const world = worldNow();
  const webhookId = await withFailed(world, 3);
  const ctx = contextOf(world, world.db);
  await startResendJob(ctx, world.scope, { webhookId, since: new Date(0) });
  while (await stepResendJob(ctx));
  const dayMs = 86_400_000;
  const old = world.ids('delivery', clock.nowMs() - 40 * dayMs);
  await world.db.script(
    `update resends set resent_as = '${old}' where delivery_id = (select min(delivery_id) from resends)`,
  );
  expect(await forgetOldResends(world).run()).toBe(false);
  expect((await resends(world.db)).map(({ resentAs }) => resentAs)).not.toContain(old);
  expect(await resends(world.db)).toHaveLength(2);
});

test('a job whose step fails holds up no other', async () => {
  const world = worldNow();
  const stuckId = await withFailed(world, 3);
  const db = faultyDatabase(world.db);
  const ctx = contextOf(world, db);
  const since = new Date(0);
  await startResendJob(ctx, world.scope, { webhookId: stuckId, since });
  db.intercept('resend-jobs.meet', failing(1, { executed: false }));
  clock.advance(1);
  const otherId = await world.webhook('https://b.example/');
  const other = await startResendJob(ctx, world.scope, { webhookId: otherId, since });
  clock.advance(1);
  await expect(stepResendJob(ctx)).rejects.toThrow();
  clock.advance(1);
  await stepResendJob(ctx);
  const { updatedAt } = await retrieveResendJob(ctx, world.scope, other.id);
  expect(updatedAt).toEqual(new Date(clock.nowMs()));
});
