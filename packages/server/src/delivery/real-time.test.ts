import { describe, expect, test } from 'vitest';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { serverOfFile } from './testing/served.ts';

const servedNow = serverOfFile();

/** For a machine that is busy with other tests. A wait is never shorter than promised. */
const lateMs = 900;

describe('in real time, measured at the receiver', () => {
  test.concurrent.each([
    { name: 'classic', policy: 'classic', waits: [3] },
    { name: 'custom', policy: { waits: [1, 1, 2], 'success-statuses': [200] }, waits: [1, 1, 2] },
  ])('the first waits of $name are met', async ({ name, policy, waits }) => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => {
      const isLast = receiver.received.length > waits.length;
      response.writeHead(isLast ? 200 : 500).end();
    });
    const webhook = await served.subscribe(receiver.url, name, { 'retry-policy': policy });
    await served.send(name);
    const posts = await receiver.waitFor(waits.length + 1);
    const gaps = posts.slice(1).map(({ atMs }, index) => atMs - posts[index]!.atMs);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(waits[index]! * 1_000 - 2);
      expect(gap).toBeLessThan(waits[index]! * 1_000 + lateMs);
    }
    expect(await served.end(webhook.id)).toMatchObject({
      status: 'completed',
      attemptsMade: waits.length + 1,
    });
  });
});
