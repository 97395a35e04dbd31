import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startTestReceiver, type ReceivedPost, type TestReceiver } from '../testing/test-receiver.ts';
import { testClock } from '../testing/test-clock.ts';
import { passTo, serverOfFile } from './testing/served.ts';
import { todayMs } from './testing/world.ts';

/** Within a second, so that `t` is seen to be cut, not rounded. */
const clock = testClock(todayMs() + 640);
const servedNow = serverOfFile(clock);

interface Attempt {
  readonly post: ReceivedPost;
  /** By the injected clock, when the receiver got it. */
  readonly atMs: number;
}

async function failingReceiver(status = 500): Promise<{ receiver: TestReceiver; attempts: Attempt[] }> {
  const receiver = await startTestReceiver();
  const attempts: Attempt[] = [];
  receiver.answer((post, response) => {
    attempts.push({ post, atMs: clock.nowMs() });
    response.writeHead(status).end();
  });
  return { receiver, attempts };
}

function header(post: ReceivedPost | undefined, name: string): string {
  return String(post?.headers[`persona-${name}`]);
}

function signedAt({ headers, body }: ReceivedPost, secret: string): number {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['persona-signature'])) ?? [];
  expect(createHmac('sha256', secret).update(`${t!}.`).update(body).digest('hex')).toBe(v1);
  return Number(t);
}

const policies = [
  { name: 'classic', policy: 'classic', waits: [3, 66, 731, 4098, 15_627, 46_658, 117_651, 262_146] },
  { name: 'current', policy: 'current', waits: [3, 64, 729, 4096, 15_625, 46_656, 117_649] },
  { name: 'custom', policy: { waits: [1, 60, 604_800], 'success-statuses': [202] }, waits: [1, 60, 604_800] },
] as const;

describe.each(policies)('the retries of $name', ({ name, policy, waits }) => {
  test('come at their times after the end of the one before, then the delivery is failed', async () => {
    const served = servedNow();
    const { receiver, attempts } = await failingReceiver();
    await using _ = receiver;
    const webhook = await served.subscribe(receiver.url, name, { 'retry-policy': policy });
    const eventId = await served.send(name);
    for (const [index, seconds] of waits.entries()) {
      const row = await served.waiting(webhook.id, index + 1);
      expect(row.dueAt.getTime() - attempts[index]!.atMs).toBe(seconds * 1_000);
      expect(attempts).toHaveLength(index + 1);
      await passTo(clock, row.dueAt.getTime());
      await receiver.waitFor(index + 2);
    }
    const end = await served.end(webhook.id);
    expect(end).toMatchObject({
      eventId,
      status: 'failed',
      reason: 'attempts_exhausted',
      resultCode: 500,
      attemptsMade: waits.length + 1,
    });
    const gaps = attempts.slice(1).map(({ atMs }, index) => (atMs - attempts[index]!.atMs) / 1_000);
    expect(gaps).toEqual(waits);

    const firstAt = Math.floor(attempts[0]!.atMs / 1_000);
    for (const [index, { post, atMs }] of attempts.entries()) {
      expect(header(post, 'webhook-attempts-made')).toBe(String(index + 1));
      expect(header(post, 'webhook-attempts-left')).toBe(String(waits.length - index));
      expect(header(post, 'webhook-first-attempted-at')).toBe(String(firstAt));
      expect(signedAt(post, webhook.secret)).toBe(Math.floor(atMs / 1_000));
      expect(post.body.equals(attempts[0]!.post.body)).toBe(true);
      expect(post.event.id).toBe(eventId);
    }
    const rows = await served.attemptsOf(end.id);
    expect(rows.map(({ number, statusCode }) => [number, statusCode])).toEqual(
      attempts.map((_, index) => [index + 1, 500]),
    );
    expect(rows.map(({ startedAt }) => startedAt.getTime())).toEqual(attempts.map(({ atMs }) => atMs));
  });
});

describe('a wait counts', () => {
  test('from the end of an attempt, not from its start', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => {
      clock.advance(2_000);
      response.writeHead(500).end();
    });
    const webhook = await served.subscribe(receiver.url, 'slow');
    const startMs = clock.nowMs();
    await served.send('slow');
    const row = await served.waiting(webhook.id, 1);
    expect(row.dueAt.getTime()).toBe(startMs + 2_000 + 3_000);
    await served.setStatus(webhook.id, 'archive');
  });
});

describe('Retry-After', () => {
  const cases = [
    { status: 429, header: '30', seconds: 30, says: 'moves the next attempt later' },
    { status: 503, header: '100000', seconds: 66, says: 'no later than the next wait' },
    { status: 429, header: '1', seconds: 3, says: 'and never earlier' },
    { status: 500, header: '30', seconds: 3, says: 'and counts on 429 and 503 only' },
    { status: 503, header: 'soon', seconds: 3, says: 'and not when it is no time' },
  ];
  test.each(cases)('$header on $status: $says', async ({ status, header: value, seconds }) => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(status, { 'retry-after': value }).end());
    const name = `retry-after-${value}-${String(status)}`;
    const webhook = await served.subscribe(receiver.url, name);
    await served.send(name);
    const row = await served.waiting(webhook.id, 1);
    expect(row.dueAt.getTime() - clock.nowMs()).toBe(seconds * 1_000);
    await served.setStatus(webhook.id, 'archive');
  });

  test('as a date', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const atMs = Math.floor(clock.nowMs() / 1_000) * 1_000 + 20_000;
    receiver.answer((_, response) =>
      response.writeHead(503, { 'retry-after': new Date(atMs).toUTCString() }).end(),
    );
    const webhook = await served.subscribe(receiver.url, 'retry-date');
    await served.send('retry-date');
    expect((await served.waiting(webhook.id, 1)).dueAt.getTime()).toBe(atMs);
    await served.setStatus(webhook.id, 'archive');
  });
});

describe('a policy that is changed', () => {
  test('while a delivery waits holds from its next attempt on', async () => {
    const served = servedNow();
    const { receiver } = await failingReceiver();
    await using _ = receiver;
    const webhook = await served.subscribe(receiver.url, 'shortened');
    await served.send('shortened');
    const row = await served.waiting(webhook.id, 1);
    await served.change(webhook.id, { 'retry-policy': { waits: [5], 'success-statuses': [200] } });
    await passTo(clock, row.dueAt.getTime());
    const [, second] = await receiver.waitFor(2);
    expect(header(second, 'webhook-attempts-left')).toBe('0');
    expect(await served.end(webhook.id)).toMatchObject({ status: 'failed', attemptsMade: 2 });
  });
});
