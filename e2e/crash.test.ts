import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { pendingDeliveries } from '../packages/server/src/testing/pending-deliveries.ts';
import { createWebhook } from './testing/api.ts';
import { ApprovalStream } from './testing/approval-stream.ts';
import { DataDir } from './testing/data-dir.ts';
import { eventually } from './testing/deadline.ts';
import { startEventReceiver, type EventReceiver } from './testing/event-receiver.ts';
import { Gate } from './testing/gate.ts';
import { chooseSeed, seededRandom, shuffle } from './testing/random.ts';
import { sandboxKey, ServerProcess, startServer } from './testing/server-process.ts';

type Victim = 'server' | 'postmaster' | 'both' | 'server while it starts';

/** What a killed process owed: inquiries whose approval was acknowledged and not delivered, or in the middle of it. */
interface Debt {
  readonly victim: Victim;
  readonly waiting: readonly string[];
  readonly underWay: readonly string[];
  readonly killedAtMs: number;
  readonly readyAtMs: number;
}

const victims: readonly Victim[] = [
  ...Array.from({ length: 10 }, () => 'server' as const),
  'postmaster',
  'both',
  'server while it starts',
];
const deliveredWithinMs = 30_000;

test('kill -9 at random moments loses no acknowledged approval and no approval that was committed', async () => {
  const seed = chooseSeed();
  const random = seededRandom(seed);
  console.info(`The moments of the kills come from E2E_SEED=${seed}`);
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const gate = new Gate();
  receiver.respond = async () => {
    await pause(random() * 50);
    await gate.passed();
    return 200;
  };
  const started = await startServer({ dataDir });
  const attributes = { 'enabled-events': ['inquiry.approved'], 'timeout-ms': 30_000 };
  receiver.trust((await createWebhook(started.api(), receiver.url, attributes)).secret);

  let server = started;
  const debts: Debt[] = [];
  const stream = new ApprovalStream(() => server, 8);
  try {
    for (const victim of shuffle(victims, random)) {
      // Half of the time the receiver answers nothing meanwhile, so that more and more is owed.
      if (random() < 0.5) gate.close();
      await stream.untilMore(1 + Math.floor(random() * 40));
      await pause(random() * 20);
      const alreadyCutOff = receiver.cutOff.length;
      await kill(victim, server, dataDir);
      const killedAtMs = performance.now();
      const arrived = objectIds(receiver);
      const waiting = [...stream.acknowledged].filter((id) => !arrived.has(id));
      gate.open();
      if (victim === 'server while it starts') await killWhileItStarts(dataDir, random() * 1_000);
      server = await startServer({ dataDir });
      const underWay = receiver.cutOff.slice(alreadyCutOff).map(({ objectId }) => objectId);
      debts.push({ victim, waiting, underWay, killedAtMs, readyAtMs: performance.now() });
    }
    await stream.untilMore(5);
    await stream.stop();
    await expectNothingLost(dataDir, stream, receiver);
    debts.forEach((debt) => reportDebt(debt, receiver));
  } finally {
    gate.open();
    await stream.stop();
    await server[Symbol.asyncDispose]();
  }
}, 240_000);

async function kill(victim: Victim, server: ServerProcess, dataDir: DataDir): Promise<void> {
  const postmaster = await dataDir.postmaster();
  if (victim === 'postmaster') {
    process.kill(postmaster, 'SIGKILL');
    // The server cannot go on, says so, and ends by itself.
    expect(await server.ended()).toMatchObject({ code: 1, signal: null });
    expect(server.stderr).toContain('postgres.lost');
    return;
  }
  const ended = server.stop('SIGKILL');
  if (victim === 'both') process.kill(postmaster, 'SIGKILL');
  expect(await ended).toMatchObject({ signal: 'SIGKILL' });
}

async function killWhileItStarts(dataDir: DataDir, afterMs: number): Promise<void> {
  const server = await ServerProcess.spawn({ dataDir, env: { CREDENCE_BOOTSTRAP_SANDBOX_KEY: sandboxKey } });
  await pause(afterMs);
  await server.stop('SIGKILL');
}

/** The database is the judge: what it says was approved is at the receiver, and nothing else is. */
async function expectNothingLost(
  dataDir: DataDir,
  stream: ApprovalStream,
  receiver: EventReceiver,
): Promise<void> {
  const rows = await dataDir.rows<{ id: string }>(`select id from inquiries where status = 'approved'`);
  const committed = new Set(rows.map(({ id }) => id));
  const isAllThere = (): true | undefined => (committed.size <= objectIds(receiver).size ? true : undefined);
  await receiver.until('every approval of the database at the receiver', isAllThere, deliveredWithinMs);
  await eventually('the queue to be empty', async () => {
    const waiting = await dataDir.rows(pendingDeliveries);
    return waiting.length === 0 ? true : undefined;
  });
  expect(objectIds(receiver)).toEqual(committed);
  expect([...stream.acknowledged].filter((id) => !committed.has(id))).toEqual([]);
  expect(receiver.refusals).toEqual([]);
  const ended = await dataDir.rows(
    `select count(*)::int as number from deliveries where status = 'completed'`,
  );
  expect(ended).toEqual([{ number: committed.size }]);
  const silent = [...stream.unanswered].filter((id) => committed.has(id));
  console.info(
    `${stream.acknowledged.size} approvals acknowledged, ${silent.length} committed without an answer, ` +
      `${stream.unanswered.size - silent.length} neither; ${receiver.arrivals.length} posts, of which ` +
      `${receiver.duplicates} were duplicates; answers of a dying server: ${JSON.stringify([...stream.refusals])}`,
  );
}

/** Prints how long it took until nothing was owed, and refuses what took too long. */
function reportDebt(
  { victim, waiting, underWay, killedAtMs, readyAtMs }: Debt,
  receiver: EventReceiver,
): void {
  const later = new Map<string, number>();
  for (const { objectId, atMs } of receiver.arrivals)
    if (atMs > killedAtMs && !later.has(objectId)) later.set(objectId, atMs);
  const arrivedMs = [...waiting, ...underWay].map((id) => later.get(id) ?? Infinity);
  const tookMs = Math.max(readyAtMs, ...arrivedMs) - readyAtMs;
  console.info(
    `kill of ${victim}: ready again after ${(readyAtMs - killedAtMs).toFixed(0)} ms; ${waiting.length} waiting and ` +
      `${underWay.length} under way, all delivered ${tookMs.toFixed(0)} ms later`,
  );
  expect(tookMs).toBeLessThan(deliveredWithinMs);
}

function objectIds(receiver: EventReceiver): ReadonlySet<string> {
  return new Set(receiver.arrivals.map(({ objectId }) => objectId));
}
