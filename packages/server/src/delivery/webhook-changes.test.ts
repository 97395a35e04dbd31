import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startTestReceiver, type ReceivedPost, type TestReceiver } from '../testing/test-receiver.ts';
import { testClock } from '../testing/test-clock.ts';
import { passTo, serverOfFile } from './testing/served.ts';
import { until } from './testing/until.ts';
import { todayMs } from './testing/world.ts';

const clock = testClock(todayMs());
const servedNow = serverOfFile(clock);
const dayMs = 86_400_000;

interface Group {
  readonly t: string;
  readonly v1: string;
}

function groupsOf({ headers }: ReceivedPost): Group[] {
  const groups = String(headers['persona-signature']).split(' ');
  return groups.map((group) => {
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(group) ?? [];
    return { t, v1 };
  });
}

/** Which of `secrets` each group is made with, in order, by index. */
function signers(post: ReceivedPost, secrets: readonly string[]): number[] {
  return groupsOf(post).map(({ t, v1 }) =>
    secrets.findIndex(
      (secret) => createHmac('sha256', secret).update(`${t}.`).update(post.body).digest('hex') === v1,
    ),
  );
}

async function rotate(webhookId: string, seconds?: number): Promise<string> {
  const meta = seconds === undefined ? {} : { 'expires-in-seconds': seconds };
  const answer = await servedNow().server.api('POST', `/webhooks/${webhookId}/rotate-secret`, { meta });
  expect(answer.status).toBe(200);
  return answer.json.data.attributes.secret;
}

/** Sends an event and returns the post of it. */
async function postOf(receiver: TestReceiver, name: string): Promise<ReceivedPost> {
  const id = await servedNow().send(name);
  const [post] = await receiver.waitFor(1, ({ event }) => event.id === id);
  return post!;
}

describe('a rotated secret', () => {
  test('overlaps with the one before: two groups with the same time, the new first, and then one', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const { id, secret: first } = await served.subscribe(receiver.url, 'rotated');
    expect(signers(await postOf(receiver, 'rotated'), [first])).toEqual([0]);
    const second = await rotate(id, 60);
    const both = await postOf(receiver, 'rotated');
    expect(signers(both, [second, first])).toEqual([0, 1]);
    expect(new Set(groupsOf(both).map(({ t }) => t)).size).toBe(1);
    clock.advance(59_999);
    expect(signers(await postOf(receiver, 'rotated'), [second, first])).toEqual([0, 1]);
    clock.advance(1);
    expect(signers(await postOf(receiver, 'rotated'), [second, first])).toEqual([0]);
  });

  test('overlaps for 24 hours unless it is told otherwise', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const { id, secret: first } = await served.subscribe(receiver.url, 'by-default');
    const second = await rotate(id);
    clock.advance(dayMs - 1);
    expect(signers(await postOf(receiver, 'by-default'), [second, first])).toEqual([0, 1]);
    clock.advance(1);
    expect(signers(await postOf(receiver, 'by-default'), [second, first])).toEqual([0]);
  });

  test('without overlap signs the very next event alone', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const { id, secret: first } = await served.subscribe(receiver.url, 'at-once');
    await postOf(receiver, 'at-once');
    const second = await rotate(id, 0);
    expect(signers(await postOf(receiver, 'at-once'), [second, first])).toEqual([0]);
  });

  test('never leaves more than two: a second rotation ends the oldest at once', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const { id, secret: first } = await served.subscribe(receiver.url, 'twice');
    const second = await rotate(id, 3_600);
    const third = await rotate(id, 3_600);
    expect(signers(await postOf(receiver, 'twice'), [third, second, first])).toEqual([0, 1]);
    const fourth = await rotate(id, 0);
    expect(signers(await postOf(receiver, 'twice'), [fourth, third, second, first])).toEqual([0]);
  });

  test('signs a retry of an event from before it', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(receiver.received.length === 1 ? 500 : 200).end());
    const { id, secret: first } = await served.subscribe(receiver.url, 'pending');
    await served.send('pending');
    const row = await served.waiting(id, 1);
    const second = await rotate(id, 3_600);
    await passTo(clock, row.dueAt.getTime());
    const [, retry] = await receiver.waitFor(2);
    expect(signers(retry!, [second, first])).toEqual([0, 1]);
  });
});

/** A webhook with `count` deliveries that failed once and wait for their retry. */
async function withPending(receiver: TestReceiver, name: string, count: number): Promise<string> {
  const served = servedNow();
  receiver.answer((_, response) => response.writeHead(500).end());
  const { id } = await served.subscribe(receiver.url, name);
  for (let index = 0; index < count; index++) await served.send(name);
  await until('all have failed once', async () => {
    const rows = (await served.queue()).filter(({ webhookId }) => webhookId === id);
    return (
      rows.filter(({ attemptsMade, leasedBy }) => attemptsMade === 1 && leasedBy === null).length === count
    );
  });
  receiver.answer((_, response) => response.writeHead(200).end());
  return id;
}

async function endsOf(webhookId: string, count: number): Promise<string[]> {
  const rows = await until(`${String(count)} have ended`, async () => {
    const ended = (await servedNow().ended()).filter((row) => row.webhookId === webhookId);
    return ended.length >= count && ended;
  });
  return rows.map(({ status, reason }) => `${status} ${reason}`);
}

describe.each([
  { verb: 'disable', reason: 'webhook_disabled' },
  { verb: 'archive', reason: 'webhook_archived' },
] as const)('$verb', ({ verb, reason }) => {
  test('ends all that is pending as failed, and nothing is sent afterwards', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const id = await withPending(receiver, verb, 5);
    await served.setStatus(id, verb);
    clock.advance(1_000);
    expect(await endsOf(id, 5)).toEqual(Array(5).fill(`failed ${reason}`));
    await served.send(verb);
    clock.advance(7 * dayMs);
    await until('nothing is pending', async () =>
      (await served.queue()).every((row) => row.webhookId !== id),
    );
    expect(receiver.received).toHaveLength(5);
    const [end] = (await served.ended()).filter(({ webhookId }) => webhookId === id);
    expect(end).toMatchObject({ attemptsMade: 1, resultCode: 500 });
  });

  test('ends what comes due before it is cleared away, without an attempt', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const id = await withPending(receiver, `${verb}-due`, 1);
    const row = await served.waiting(id, 1);
    clock.advance(row.dueAt.getTime() - clock.nowMs() - 1);
    await served.setStatus(id, verb);
    clock.advance(1);
    expect(await endsOf(id, 1)).toEqual([`failed ${reason}`]);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('enable', () => {
  test('after disable replays nothing, and the very next event is sent', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const id = await withPending(receiver, 'again', 3);
    await served.setStatus(id, 'disable');
    clock.advance(1_000);
    await endsOf(id, 3);
    await served.send('again');
    await served.setStatus(id, 'enable');
    const eventId = await served.send('again');
    const posts = await receiver.waitFor(4);
    expect(posts[3]?.event.id).toBe(eventId);
    clock.advance(7 * dayMs);
    await until('the engine has looked', () =>
      clock.scheduled.some((atMs) => atMs === clock.nowMs() + 1_000),
    );
    expect(receiver.received).toHaveLength(4);
  });

  test('right after disable replays nothing either', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const id = await withPending(receiver, 'toggled', 3);
    await served.setStatus(id, 'disable');
    await served.setStatus(id, 'enable');
    const ended = (await served.ended()).filter(({ webhookId }) => webhookId === id);
    await served.setStatus(id, 'archive');
    expect(ended).toHaveLength(3);
  });
});

describe('a setting that is changed', () => {
  test('holds for the next event and for what waits: the URL', async () => {
    const served = servedNow();
    await using before = await startTestReceiver();
    await using after = await startTestReceiver();
    const id = await withPending(before, 'moved', 1);
    await served.change(id, { url: after.url });
    const eventId = await served.send('moved');
    const [post] = await after.waitFor(1);
    expect(post?.event.id).toBe(eventId);
    await passTo(clock, (await served.waiting(id, 1)).dueAt.getTime());
    await after.waitFor(2);
    expect(before.received).toHaveLength(1);
  });

  test('holds for the next event and for what waits: custom headers and time', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const id = await withPending(receiver, 'headers', 1);
    await served.change(id, {
      'custom-http-headers': { 'X-Tenant': 'blue', Authorization: 'Bearer of news' },
    });
    const post = await postOf(receiver, 'headers');
    expect(post.headers).toMatchObject({ 'x-tenant': 'blue', authorization: 'Bearer of news' });
    await passTo(clock, (await served.waiting(id, 1)).dueAt.getTime());
    const posts = await receiver.waitFor(3);
    expect(posts[2]?.headers['x-tenant']).toBe('blue');
    await served.change(id, { 'custom-http-headers': {} });
    expect((await postOf(receiver, 'headers')).headers).not.toHaveProperty('x-tenant');
  });

  test('holds for the next event: the names that are enabled', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const { id } = await served.subscribe(receiver.url, 'name-before');
    await served.change(id, { 'enabled-events': ['custom.name-after'] });
    await served.send('name-before');
    await postOf(receiver, 'name-after');
    expect(receiver.received).toHaveLength(1);
  });
});
