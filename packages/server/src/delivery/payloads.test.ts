import { describe, expect, test } from 'vitest';
import { startTestReceiver, type ReceivedPost, type TestReceiver } from '../testing/test-receiver.ts';
import { testClock } from '../testing/test-clock.ts';
import { passTo, serverOfFile } from './testing/served.ts';
import { todayMs } from './testing/world.ts';

const clock = testClock(todayMs());
const servedNow = serverOfFile(clock);

/** Approves an inquiry of somebody, and returns the post of that event that the receiver got. */
async function approve(
  receiver: TestReceiver,
  settings: Readonly<Record<string, unknown>>,
): Promise<{ post: ReceivedPost; webhookId: string; inquiryId: string; payload: any }> {
  const { server } = servedNow();
  const { id: webhookId } = await server.webhook(receiver.url, {
    'enabled-events': ['inquiry.approved'],
    ...settings,
  });
  const inquiryId = await server.inquiry({
    'reference-id': 'customer-7',
    note: 'met at the fair',
    fields: { 'name-first': 'Zebulon', 'name-last': 'Quagmire', birthdate: '1990-02-03' },
  });
  await server.api('POST', `/inquiries/${inquiryId}/approve`, { meta: { comment: 'looks right' } });
  const [post] = await receiver.waitFor(1);
  await servedNow().setStatus(webhookId, 'archive');
  return { post: post!, webhookId, inquiryId, payload: post!.event.json.data.attributes.payload };
}

const personal = ['Zebulon', 'Quagmire', '1990-02-03', 'met at the fair', 'looks right'];

function shown({ body }: ReceivedPost): string[] {
  return personal.filter((value) => body.toString().includes(value));
}

describe('what a payload shows', () => {
  test('is nothing personal, unless it is disclosed', async () => {
    await using receiver = await startTestReceiver();
    const { post, payload } = await approve(receiver, {});
    expect(shown(post)).toEqual([]);
    expect(payload.data.attributes).toMatchObject({ status: 'approved', 'reference-id': 'customer-7' });
  });

  test('is what the patterns of the webhook name', async () => {
    await using receiver = await startTestReceiver();
    const { post } = await approve(receiver, { 'disclosed-attributes': ['name-*'] });
    expect(shown(post)).toEqual(['Zebulon', 'Quagmire']);
    await using open = await startTestReceiver();
    expect(shown((await approve(open, { 'disclosed-attributes': ['*'] })).post)).toEqual(personal);
  });

  test('is never what the blocklist names, though it is disclosed', async () => {
    await using receiver = await startTestReceiver();
    const settings = {
      'disclosed-attributes': ['*'],
      'api-attributes-blocklist': ['name-last', 'reference-id'],
    };
    const { post, payload } = await approve(receiver, settings);
    expect(shown(post)).not.toContain('Quagmire');
    expect(shown(post)).toContain('Zebulon');
    expect(payload.data.attributes).not.toHaveProperty('reference-id');
  });

  test('has the related objects that its allowlists let through', async () => {
    await using all = await startTestReceiver();
    const whole = (await approve(all, {})).payload;
    const types = whole.included.map(({ type }: any) => type);
    expect(types).toEqual(expect.arrayContaining(['account', 'inquiry-template']));
    expect(whole.data.relationships).toBeDefined();
    await using none = await startTestReceiver();
    const bare = await approve(none, {
      'included-allowlist': { state: 'include_none' },
      'relationship-allowlist': { state: 'include_none' },
    });
    expect(bare.payload.included).toEqual([]);
    expect(bare.payload.data).not.toHaveProperty('relationships');
    await using some = await startTestReceiver();
    const custom = await approve(some, {
      'included-allowlist': {
        state: 'custom',
        'event-types': [{ 'event-type': 'inquiry', relationships: ['account'] }],
      },
    });
    expect(custom.payload.included.map(({ type }: any) => type)).toEqual(['account']);
  });

  test.each([
    { inflection: 'camel', key: 'referenceId', created: 'createdAt' },
    { inflection: 'snake', key: 'reference_id', created: 'created_at' },
    { inflection: 'kebab', key: 'reference-id', created: 'created-at' },
  ])('has its keys in $inflection', async ({ inflection, key, created }) => {
    await using receiver = await startTestReceiver();
    const { post, payload } = await approve(receiver, { 'api-key-inflection': inflection });
    expect(payload.data.attributes[key]).toBe('customer-7');
    expect(post.event.json.data.attributes).toHaveProperty(created);
  });
});

describe('a payload filter', () => {
  test('that says no ends the delivery as skipped, without an attempt', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const filter = { 'payload-filter': { kind: 'wanted' } };
    const { id } = await served.subscribe(receiver.url, 'filtered', filter);
    const skippedId = await served.send('filtered', { kind: 'other' });
    const skipped = await served.end(id);
    const sentId = await served.send('filtered', { kind: 'wanted' });
    const [post] = await receiver.waitFor(1);
    expect(post?.event.id).toBe(sentId);
    expect(skipped).toMatchObject({
      eventId: skippedId,
      status: 'skipped',
      reason: 'payload_filter',
      attemptsMade: 0,
      resultCode: null,
    });
    expect(await served.attemptsOf(skipped.id)).toEqual([]);
  });

  test('that is set while a delivery waits ends it as skipped, with the attempts it had', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(500).end());
    const { id } = await served.subscribe(receiver.url, 'filtered-later');
    await served.send('filtered-later', { kind: 'other' });
    const row = await served.waiting(id, 1);
    await served.change(id, { 'payload-filter': { kind: 'wanted' } });
    await passTo(clock, row.dueAt.getTime());
    expect(await served.end(id)).toMatchObject({ status: 'skipped', attemptsMade: 1, resultCode: 500 });
    expect(receiver.received).toHaveLength(1);
  });
});

describe('while a delivery waits', () => {
  async function pendingApproval(receiver: TestReceiver, settings: Readonly<Record<string, unknown>>) {
    const served = servedNow();
    receiver.answer((_, response) => response.writeHead(500).end());
    const { id } = await served.server.webhook(receiver.url, {
      'enabled-events': ['inquiry.approved'],
      ...settings,
    });
    const inquiryId = await served.server.inquiry({ fields: { 'name-first': 'Zebulon' } });
    await served.server.api('POST', `/inquiries/${inquiryId}/approve`);
    const row = await served.waiting(id, 1);
    receiver.answer((_, response) => response.writeHead(200).end());
    return {
      webhookId: id,
      inquiryId,
      /** Lets the retry happen. Returns both posts. */
      async retry() {
        await passTo(clock, row.dueAt.getTime());
        const posts = await receiver.waitFor(2);
        await served.setStatus(id, 'archive');
        return posts;
      },
    };
  }

  test('nothing else changes, so a retry has the same bytes, personal values too', async () => {
    await using receiver = await startTestReceiver();
    const pending = await pendingApproval(receiver, { 'disclosed-attributes': ['*'] });
    const [first, second] = await pending.retry();
    expect(shown(first!)).toEqual(['Zebulon']);
    expect(second!.body.equals(first!.body)).toBe(true);
  });

  test('its person is redacted: the retry carries no value', async () => {
    const { server } = servedNow();
    await using receiver = await startTestReceiver();
    const pending = await pendingApproval(receiver, { 'disclosed-attributes': ['*'] });
    const redacted = await server.api('DELETE', `/inquiries/${pending.inquiryId}`);
    expect(redacted.status).toBe(200);
    const [first, second] = await pending.retry();
    expect(shown(first!)).toEqual(['Zebulon']);
    expect(shown(second!)).toEqual([]);
    expect(second!.event.id).toBe(first!.event.id);
  });

  test('a disclosure is taken back: the retry carries no value', async () => {
    await using receiver = await startTestReceiver();
    const pending = await pendingApproval(receiver, { 'disclosed-attributes': ['*'] });
    await servedNow().change(pending.webhookId, { 'disclosed-attributes': [] });
    const [, second] = await pending.retry();
    expect(shown(second!)).toEqual([]);
  });

  test('a disclosure is given: the retry carries the value', async () => {
    await using receiver = await startTestReceiver();
    const pending = await pendingApproval(receiver, {});
    await servedNow().change(pending.webhookId, { 'disclosed-attributes': ['name-first'] });
    const [first, second] = await pending.retry();
    expect(shown(first!)).toEqual([]);
    expect(shown(second!)).toEqual(['Zebulon']);
  });
});

describe('the log', () => {
  test('has every id of an attempt, and no personal value, secret, key, header or answer', async () => {
    const served = servedNow();
    const { server } = served;
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(500).end('Zebulon was here'));
    const settings = {
      'disclosed-attributes': ['*'],
      'enabled-events': ['inquiry.approved'],
      'custom-http-headers': { Authorization: 'Bearer hunter2' },
    };
    const { id, secret } = await server.webhook(`${receiver.url}?token=in-the-url`, settings);
    const inquiryId = await server.inquiry({ note: 'met at the fair', fields: { 'name-first': 'Zebulon' } });
    await server.api('POST', `/inquiries/${inquiryId}/approve`, { meta: { comment: 'looks right' } });
    const { id: deliveryId } = await served.waiting(id, 1);
    const rotated = await server.api('POST', `/webhooks/${id}/rotate-secret`);
    await server.api('DELETE', `/inquiries/${inquiryId}`);
    await served.setStatus(id, 'archive');
    const logged = server.logged();
    const secrets = [secret, rotated.json.data.attributes.secret, server.sandboxKey, 'hunter2', 'in-the-url'];
    for (const value of [...personal, ...secrets]) expect(logged).not.toContain(value);
    expect(logged).not.toContain('0123456789abcdef'.repeat(4));
    const lines = logged.split('\n').filter((line) => line.includes('delivery.attempted'));
    const attempted = lines.map((line) => JSON.parse(line)).find((line) => line.delivery === deliveryId);
    expect(attempted).toMatchObject({ webhook: id, attempt: 1, status: 500, event: expect.any(String) });
  });
});
