import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { startTestReceiver } from './testing/test-receiver.ts';
import { startTestServer } from './testing/test-server.ts';

test('an approved inquiry arrives as a signed event without personal data', async () => {
  await using receiver = await startTestReceiver();
  await using server = await startTestServer();
  const webhook = await server.webhook(receiver.url);
  const id = await server.inquiry({ fields: { 'name-first': 'Zebulon' } });
  const approved = await server.api('POST', `/inquiries/${id}/approve`, { meta: { comment: 'looks right' } });
  expect(approved.status).toBe(200);
  const [post] = await receiver.waitFor(1, ({ event }) => event.name === 'inquiry.approved');
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(post?.headers['persona-signature'])) ?? [];
  expect(createHmac('sha256', webhook.secret).update(`${t}.`).update(post!.body).digest('hex')).toBe(v1);
  expect(post?.headers['persona-webhook-attempts-made']).toBe('1');
  expect(post?.headers['persona-webhook-attempts-left']).toBe('8');
  expect(post?.event.json.data.attributes.payload.data.attributes.status).toBe('approved');
  expect(post?.body.toString()).not.toContain('Zebulon');
  expect(post?.body.toString()).not.toContain('looks right');
});
