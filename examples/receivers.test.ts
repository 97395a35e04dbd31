import { createHmac } from 'node:crypto';
import { Agent } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { readVectors, type Vector } from '../packages/receiver/src/testing/vectors.ts';
import { post, sendAndLeave } from './testing/post.ts';
import {
  RECEIVER_KINDS,
  startReceiver,
  whyUnavailable,
  type RunningReceiver,
} from './testing/start-receiver.ts';

const SECRET = 'wbhsec_3e0d5a8c-41f7-4b0e-9f39-6a2b8c7d1e55';
const MAX_BODY_BYTES = 1024 * 1024;

describe.each(RECEIVER_KINDS)('the %s receiver', (kind) => {
  const reason = whyUnavailable(kind);
  if (reason !== undefined) {
    console.warn(`The ${kind} receiver is not tested: ${reason}.`);
    it.skip(`is not tested: ${reason}`, () => undefined);
    return;
  }

  describe.each(groupBySetup(readVectors()))('with the vectors for $secrets', ({ secrets, now, vectors }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let receiver: RunningReceiver;
    beforeAll(async () => {
      receiver = await startReceiver(kind, { secret: secrets, nowSeconds: now });
      return async () => {
        agent.destroy();
        await receiver.stop();
      };
    });

    it.each(vectors)('$name', async (vector) => {
      const seen = receiver.received.length;
      const headers = vector.header === null ? {} : { 'Persona-Signature': vector.header };
      const body = Buffer.from(vector.bodyBase64, 'base64');
      const answer = await post(receiver.url, { headers, body, agent });
      await receiver.waitFor(() => receiver.received.length > seen);
      expect(described(answer, receiver.received[seen])).toEqual(expectedOf(vector));
    });
  });

  describe('at work', () => {
    let receiver: RunningReceiver;
    beforeAll(async () => {
      receiver = await startReceiver(kind, { secret: SECRET });
      return async () => {
        await receiver.stop();
      };
    });

    it('takes an event once and answers its duplicate with success', async () => {
      const body = eventBody('evt_duplicate');
      const deliver = (attempt: string) =>
        post(`${receiver.url}some/path?x=1`, { headers: signed(body, attempt), body });
      expect(await deliver('1')).toMatchObject({ status: 200, body: 'handled' });
      expect(await deliver('2')).toMatchObject({ status: 200, body: 'duplicate' });
      await receiver.waitFor(({ attempt }) => attempt === 2);
      const base = { id: 'evt_duplicate', name: 'inquiry.approved', verified: true };
      expect(receiver.received.filter(({ id }) => id === 'evt_duplicate')).toEqual([
        { ...base, duplicate: false, attempt: 1 },
        { ...base, duplicate: true, attempt: 2 },
      ]);
    });

    it('takes an event once when it comes fifty times at the same moment', async () => {
      const body = eventBody('evt_burst');
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => post(receiver.url, { headers: signed(body), body })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
      expect(answers.filter((answer) => answer.body === 'handled')).toHaveLength(1);
    });

    it('refuses a tampered body and does not take its event for known', async () => {
      const body = eventBody('evt_tampered');
      const headers = signed(body);
      expect(await post(receiver.url, { headers, body: `${body} ` })).toMatchObject({
        status: 401,
        body: 'signature_mismatch',
      });
      expect(await post(receiver.url, { headers, body })).toMatchObject({ status: 200, body: 'handled' });
    });

    it('takes the largest body that it may and refuses one byte more', async () => {
      const largest = eventBody('evt_large', MAX_BODY_BYTES);
      expect(await post(receiver.url, { headers: signed(largest), body: largest })).toMatchObject({
        status: 200,
      });
      const tooLarge = eventBody('evt_too_large', MAX_BODY_BYTES + 1);
      expect(await post(receiver.url, { headers: signed(tooLarge), body: tooLarge })).toMatchObject({
        status: 413,
        body: 'body_too_large',
      });
    });

    it('refuses another method than POST', async () => {
      const body = eventBody('evt_put');
      const answer = await post(receiver.url, { method: 'PUT', headers: signed(body), body });
      expect(answer).toMatchObject({ status: 405 });
    });

    it('keeps a connection open from one delivery to the next, also after a refusal', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const body = eventBody('evt_keep_alive');
      const first = await post(receiver.url, { headers: signed(body), body, agent });
      const refused = await post(receiver.url, { body, agent });
      const last = await post(receiver.url, { headers: signed(body), body, agent });
      agent.destroy();
      expect([first, refused, last].map(({ status }) => status)).toEqual([200, 401, 200]);
      expect([refused.isConnectionReused, last.isConnectionReused]).toEqual([true, true]);
    });

    it('never takes a body whose length it cannot know', async () => {
      const body = eventBody('evt_chunked');
      const headers = { ...signed(body), 'Transfer-Encoding': 'chunked' };
      const understandsChunks = kind === 'node' || kind === 'express';
      const expected = understandsChunks ? { status: 200, body: 'handled' } : { status: 411 };
      expect(await post(receiver.url, { headers, body })).toMatchObject(expected);
    });

    it('goes on after a sender that goes away in the middle and one that speaks no HTTP', async () => {
      const head = 'POST / HTTP/1.1\r\nHost: receiver.test\r\nContent-Length: 100\r\n\r\n';
      for (const text of [`${head}{"data":`, 'EHLO receiver.test\r\n\r\n', '\0\xff\r\n\r\n']) {
        await sendAndLeave(receiver.url, text);
      }
      const body = eventBody('evt_after_others');
      expect(await post(receiver.url, { headers: signed(body), body })).toMatchObject({ status: 200 });
    });

    it('writes nothing of the payload into its log', async () => {
      const body = eventBody('evt_private').replace('"approved"', '"approved","name-first":"Ottilie"');
      await post(receiver.url, { headers: signed(body), body });
      const line = await receiver.waitFor(({ id }) => id === 'evt_private');
      expect(Object.keys(line)).toEqual(['id', 'name', 'duplicate', 'verified', 'attempt']);
      expect(JSON.stringify(receiver.received)).not.toContain('Ottilie');
    });
  });

  it('ends with 0 at SIGTERM, also while a connection is kept open', async () => {
    const receiver = await startReceiver(kind, { secret: SECRET });
    const agent = new Agent({ keepAlive: true });
    try {
      const body = eventBody('evt_last');
      await post(receiver.url, { headers: signed(body), body, agent });
      expect(await receiver.stop()).toEqual({ code: 0, signal: null });
    } finally {
      agent.destroy();
      await receiver.stop();
    }
  });

  it('does not start without a secret', async () => {
    await expect(startReceiver(kind, { secret: ' , ' })).rejects.toThrow('Set WEBHOOK_SECRET');
  });
});

function groupBySetup(vectors: readonly Vector[]) {
  const groups = new Map<string, Pick<Vector, 'secrets' | 'now'> & { readonly vectors: Vector[] }>();
  for (const vector of vectors) {
    const { secrets, now } = vector;
    const key = JSON.stringify([secrets, now]);
    const group = groups.get(key) ?? { secrets, now, vectors: [] };
    group.vectors.push(vector);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function described(answer: { status: number | undefined; body: string }, line: object | undefined) {
  // The same event is in many vectors, so that one after the first is a duplicate: as good.
  const body = answer.status === 200 ? 'taken' : answer.body;
  return { status: answer.status, body, line: { ...line, duplicate: 'any' } };
}

function expectedOf({ expected }: Vector) {
  const { status } = expected;
  const line = { id: null, name: null, duplicate: 'any', verified: status !== 401, attempt: null };
  if (status !== 200) return { status, body: expected.code, line };
  return { status, body: 'taken', line: { ...line, id: expected.id, name: expected.name } };
}

function eventBody(id: string, size = 0): string {
  const payload = {
    data: { type: 'inquiry', id: 'inq_1', attributes: { status: 'approved' } },
    included: [],
  };
  const attributes = { name: 'inquiry.approved', payload, 'created-at': '2023-11-14T22:13:19.250Z' };
  return JSON.stringify({ data: { type: 'event', id, attributes } }).padEnd(size, ' ');
}

function signed(body: string, attempt = '1'): Record<string, string> {
  const t = Math.floor(Date.now() / 1000);
  const v1 = createHmac('sha256', SECRET).update(`${t}.${body}`).digest('hex');
  return { 'Persona-Signature': `t=${t},v1=${v1}`, 'Persona-Webhook-Attempts-Made': attempt };
}
