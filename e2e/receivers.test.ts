import { beforeAll, describe, expect, test } from 'vitest';
import {
  RECEIVER_KINDS,
  startReceiver,
  whyUnavailable,
  type ReceivedLine,
  type RunningReceiver,
} from '../examples/testing/start-receiver.ts';
import {
  approve,
  completeInquiry,
  createInquiry,
  createWebhook,
  rotateSecret,
  succeed,
} from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { LossyProxy } from './testing/lossy-proxy.ts';
import { startServer, type ServerProcess } from './testing/server-process.ts';

/** Of one inquiry from created to approved, with both verifications. */
const lifeOfAnInquiry = [
  'account.created',
  'document.created',
  'document.processed',
  'document.submitted',
  'inquiry.approved',
  'inquiry.completed',
  'inquiry.created',
  'inquiry.started',
  'selfie.created',
  'selfie.processed',
  'selfie.submitted',
  ...['created', 'passed', 'submitted'].flatMap((name) => [`verification.${name}`, `verification.${name}`]),
];

let server: ServerProcess;

beforeAll(async () => {
  const dataDir = await DataDir.make();
  server = await startServer({ dataDir });
  return async () => {
    await server[Symbol.asyncDispose]();
    await dataDir[Symbol.asyncDispose]();
  };
});

describe.each(RECEIVER_KINDS)('the %s receiver and the real server', (kind) => {
  const reason = whyUnavailable(kind);
  if (reason !== undefined) {
    console.warn(`The ${kind} receiver does not meet the server: ${reason}.`);
    test.skip(`is not tested: ${reason}`, () => undefined);
    return;
  }

  test('takes a whole life, a duplicate, and a rotation of the secret', async () => {
    await using proxy = await LossyProxy.start();
    const attributes = {
      'enabled-events': ['*'],
      'retry-policy': { waits: [1, 1, 1], 'success-statuses': [200] },
      'timeout-ms': 20_000,
    };
    const api = server.api();
    const webhook = await createWebhook(api, proxy.url, attributes);
    try {
      await using receiver = await startReceiver(kind, { secret: webhook.secret });
      proxy.target = receiver.url;
      await liveOnce();
      await untilTaken(receiver, lifeOfAnInquiry.length);
      expect(receiver.received.map(({ name }) => name).sort()).toEqual(lifeOfAnInquiry);
      expectAllVerified(receiver.received);

      proxy.loseNextAnswer();
      await createInquiry(api, server.greeting.templateId, { 'reference-id': `known-${kind}` });
      const again = await receiver.waitFor(({ duplicate }) => duplicate);
      expect(again).toMatchObject({ verified: true, attempt: 2 });
      const both = receiver.received.filter(({ id }) => id === again.id);
      expect(both.map(({ duplicate, attempt }) => ({ duplicate, attempt }))).toEqual([
        { duplicate: false, attempt: 1 },
        { duplicate: true, attempt: 2 },
      ]);

      // In the overlap, who has not heard of the new secret is served, and who has both.
      const secrets = await rotateSecret(api, webhook.id);
      expect(secrets).toHaveLength(2);
      await expectInquiryTaken(receiver);
      expect(proxy.signatures.at(-1)).toMatch(/^t=(\d+),v1=[0-9a-f]{64} t=\1,v1=[0-9a-f]{64}$/);
      expectAllVerified(receiver.received);
      await using rotating = await startReceiver(kind, { secret: secrets });
      proxy.target = rotating.url;
      await expectInquiryTaken(rotating);

      // After it, only who has the new one.
      await succeed(
        api('POST', `/webhooks/${webhook.id}/rotate-secret`, { meta: { 'expires-in-seconds': 0 } }),
      );
      proxy.target = receiver.url;
      await createInquiry(api, server.greeting.templateId);
      await receiver.waitFor(({ verified }) => !verified);
    } finally {
      await api('POST', `/webhooks/${webhook.id}/archive`);
    }
  });
});

async function liveOnce(): Promise<void> {
  const id = await createInquiry(server.api(), server.greeting.templateId);
  await completeInquiry(server.api(), id, server.greeting);
  await approve(server.api(), id);
}

async function untilTaken(receiver: RunningReceiver, count: number): Promise<void> {
  await receiver.waitFor(() => receiver.received.length >= count, 30_000);
}

async function expectInquiryTaken(receiver: RunningReceiver): Promise<void> {
  const known = receiver.received.length;
  await createInquiry(server.api(), server.greeting.templateId);
  // The account's event and its own.
  await untilTaken(receiver, known + 2);
  expectAllVerified(receiver.received.slice(known));
}

function expectAllVerified(lines: readonly ReceivedLine[]): void {
  expect(lines.filter(({ verified }) => !verified)).toEqual([]);
}
