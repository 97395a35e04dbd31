import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import { startTestServer, type ApiAnswer, type TestServer } from '../testing/test-server.ts';

function figure(answer: ApiAnswer, name: string): number {
  const value = answer.headers.get(name);
  expect(value, name).toMatch(/^\d+$/);
  return Number(value);
}

test('too many requests are 429 until the window is over, in each environment for itself', async () => {
  await using limited = await startTestServer({ env: { CREDENCE_API_RATE_LIMIT: '3' } });
  const production = await limited.apiWith({ kind: 'production' });
  const seen = [];
  for (let count = 0; count < 4; count += 1) seen.push(await limited.api('GET', '/inquiries'));
  expect(seen.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(seen.map((answer) => figure(answer, 'ratelimit-remaining'))).toEqual([2, 1, 0, 0]);
  for (const answer of seen) {
    expect(figure(answer, 'ratelimit-limit')).toBe(3);
    expect(figure(answer, 'ratelimit-reset')).toBeGreaterThan(0);
    expect(figure(answer, 'ratelimit-reset')).toBeLessThanOrEqual(60);
    expect(answer.headers.get('persona-environment-id')).toMatch(/^env_/);
    expect(answer.headers.get('persona-organization-id')).toMatch(/^org_/);
  }
  expect(seen[3]?.json.errors).toEqual([
    { title: 'Rate limit exceeded', details: 'The limit is 3 requests / min for an environment.' },
  ]);
  const other = await production('GET', '/rate-limits');
  expect(other.json).toEqual({
    data: [
      {
        type: 'rate-limit/api',
        attributes: { limit: 3, remaining: 2, 'seconds-to-reset': figure(other, 'ratelimit-reset') },
      },
    ],
  });
  const camel = await production('GET', '/rate-limits', undefined, { 'key-inflection': 'camel' });
  expect(Object.keys(camel.json.data[0].attributes)).toEqual(['limit', 'remaining', 'secondsToReset']);
});

test('the limit is one over two servers, however unevenly they are asked', async () => {
  const env = { CREDENCE_API_RATE_LIMIT: '200' };
  await using one = await startTestServer({ env });
  await using two = await startTestServer({ env, databaseUrl: one.databaseUrl });
  const ask = async ({ api }: TestServer, count: number): Promise<ApiAnswer[]> => {
    const answers: ApiAnswer[] = [];
    for (let asked = 0; asked < count; asked += 10)
      answers.push(...(await Promise.all(Array.from({ length: 10 }, () => api('GET', '/rate-limits')))));
    return answers;
  };
  const [much, little] = await Promise.all([ask(one, 190), ask(two, 30)]);
  const accepted = [...much, ...little].filter(({ status }) => status === 200).length;
  expect(accepted).toBeGreaterThanOrEqual(190);
  expect(accepted).toBeLessThanOrEqual(200);
  for (const answers of [much, little]) {
    const told = answers.map((answer) => figure(answer, 'ratelimit-remaining'));
    expect(Math.max(...told)).toBeLessThan(200);
    // Ten at a time come back in any order, so their lowest are compared.
    const lowest = Array.from({ length: told.length / 10 }, (_, round) =>
      Math.min(...told.slice(round * 10, round * 10 + 10)),
    );
    expect(lowest).toEqual(lowest.toSorted((a, b) => b - a));
  }
});

describe('a quota', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      env: { CREDENCE_QUOTA_INQUIRIES: '3', CREDENCE_QUOTA_VERIFICATIONS: '2' },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const create = (headers = {}, attributes = {}) =>
    server.api(
      'POST',
      '/inquiries',
      { data: { attributes: { 'inquiry-template-id': server.templateId, ...attributes } } },
      headers,
    );

  test('counts what is created, and not what is refused, repeated or read', async () => {
    const first = await create({ 'idempotency-key': 'one' });
    expect(first.status).toBe(201);
    expect([figure(first, 'quota-limit'), figure(first, 'quota-remaining')]).toEqual([3, 2]);
    expect(figure(first, 'quota-reset')).toBeGreaterThan(0);
    expect((await create({ 'idempotency-key': 'one' })).text).toBe(first.text);
    expect((await create({}, { note: 5 })).status).toBe(400);
    expect((await create({ 'idempotency-key': 'wrong' }, { tags: [''] })).status).toBe(422);
    expect((await server.api('GET', '/inquiries')).headers.get('quota-limit')).toBeNull();
    expect((await create()).status).toBe(201);
    const { id } = first.json.data;

    const verify = {
      type: 'create_passed_verification',
      data: { 'verification-template-id': server.verificationTemplateIds.governmentId },
    };
    const simulate = (...actions: object[]) =>
      server.api('POST', `/inquiries/${id}/perform-simulate-actions`, {
        meta: { 'simulate-actions': actions },
      });
    expect((await simulate({ type: 'start_inquiry' })).headers.get('quota-limit')).toBeNull();
    const tooMany = await simulate(verify, verify, verify);
    expect(tooMany.json.errors).toEqual([
      { title: 'Quota exceeded', details: 'The quota is 2 new verifications / min for an environment.' },
    ]);
    const both = await simulate(verify, verify);
    expect([both.status, figure(both, 'quota-remaining')]).toEqual([200, 0]);

    expect((await create()).status).toBe(201);
    for (const round of [1, 2]) {
      const refused = await create({ 'idempotency-key': 'beyond' });
      expect(refused.status, String(round)).toBe(429);
      expect(refused.json.errors).toEqual([
        { title: 'Quota exceeded', details: 'The quota is 3 new inquiries / min for an environment.' },
      ]);
      expect(figure(refused, 'quota-remaining')).toBe(0);
    }
    expect((await server.api('GET', '/inquiries')).json.data).toHaveLength(3);
    // Neither a 429 nor what it was about was kept.
    const [row] = await server.db.query(statement('', 'select count(*)::int as count from idempotency_keys'));
    expect(row).toEqual({ count: 2 });
  });
});
