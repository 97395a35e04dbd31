import { limits } from '@credence/contract';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../../../db/database.ts';
import { until } from '../../../delivery/testing/until.ts';
import { todayMs } from '../../../delivery/testing/world.ts';
import { testClock } from '../../../testing/test-clock.ts';
import {
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../../../testing/test-server.ts';

type Json = ApiAnswer['json'];

const clock = testClock(todayMs());
let server: TestServer;
let open: ApiClient;
beforeAll(async () => {
  server = await startTestServer({ clock });
  open = await server.apiWith({ disclosed: ['*'] });
});
afterAll(() => server[Symbol.asyncDispose]());

async function ok(method: string, path: string, body?: unknown, status = 200): Promise<Json> {
  const { status: actual, json, text } = await open(method, path, body);
  expect(actual, text).toBe(status);
  return json;
}

async function session(inquiryId: string): Promise<Json> {
  const made = { data: { attributes: { 'inquiry-id': inquiryId } } };
  return (await ok('POST', '/inquiry-sessions', made, 201)).data;
}

async function statusesOf(inquiryId: string): Promise<string[]> {
  const { data } = await ok('GET', `/inquiry-sessions?filter[inquiry-id]=${inquiryId}&page[size]=100`);
  return data.map(({ attributes }: Json) => attributes.status);
}

/** Names of the events about an object, oldest first. */
async function eventsOf(objectId: string): Promise<string[]> {
  const { data } = await ok('GET', `/events?filter[object-id]=${objectId}`);
  return data.map(({ attributes }: Json) => attributes.name).reverse();
}

/** What the newest event about an object was recorded with, with all that hangs on it. */
async function newestSnapshot(objectId: string): Promise<Json> {
  const [row] = await server.db.query<{ payload: string }>(
    statement('', 'select payload from events where object_id = $1 order by id desc limit 1'),
    [objectId],
  );
  return JSON.parse(row?.payload ?? '{}');
}

const simulate = (inquiryId: string, ...types: string[]) =>
  ok('POST', `/inquiries/${inquiryId}/perform-simulate-actions`, {
    meta: { 'simulate-actions': types.map((type) => ({ type })) },
  });

describe('an inquiry session', () => {
  test('is new, is listed with its inquiry newest first, and is a relation that the inquiry can include', async () => {
    const inquiry = await server.inquiry();
    const first = await session(inquiry);
    const second = await session(inquiry);
    expect(first.attributes).toMatchObject({ status: 'new', 'started-at': null, 'expired-at': null });
    expect(first.relationships.inquiry.data).toEqual({ type: 'inquiry', id: inquiry });

    const listed = await ok('GET', `/inquiry-sessions?filter[inquiry-id]=${inquiry}`);
    expect(listed.data).toEqual([second, first]);
    expect((await ok('GET', `/inquiry-sessions?filter[inquiry-id]=${await server.inquiry()}`)).data).toEqual(
      [],
    );
    const page = await ok('GET', `/inquiry-sessions?filter[inquiry-id]=${inquiry}&page[size]=1`);
    expect((await ok('GET', page.links.next.slice('/api/v1'.length))).data).toEqual([first]);

    const found = await ok('GET', `/inquiries/${inquiry}?include=sessions`);
    expect(found.data.relationships.sessions.data.map(({ id }: Json) => id)).toEqual([first.id, second.id]);
    expect(found.included).toEqual([first, second]);
    expect((await ok('GET', `/inquiry-sessions/${first.id}?include=inquiry`)).included[0].id).toBe(inquiry);
  });

  test('shows what is known of a device to whom it is disclosed: nothing yet', async () => {
    const { id } = await session(await server.inquiry());
    const shown = (await ok('GET', `/inquiry-sessions/${id}`)).data.attributes;
    expect(shown).toMatchObject({ 'ip-address': null, 'user-agent': null, latitude: null });
    const { json } = await server.api('GET', `/inquiry-sessions/${id}`);
    expect(Object.keys(json.data.attributes)).toEqual(['status', 'created-at', 'started-at', 'expired-at']);
  });

  test('is one of 25 at most, those that are over included', async () => {
    const inquiry = await server.inquiry();
    const made = { data: { attributes: { 'inquiry-id': inquiry } } };
    for (let count = 0; count < limits.sessionsPerInquiry; count += 1) await session(inquiry);
    await ok('POST', '/inquiry-sessions/expire-all', { meta: { 'inquiry-ids': [inquiry] } });
    const refused = await open('POST', '/inquiry-sessions', made);
    expect(refused.status).toBe(403);
    expect(refused.json.errors[0].details).toBe(
      'An inquiry has at most 25 sessions, those that are over included.',
    );
    expect(await statusesOf(inquiry)).toEqual(Array.from({ length: 25 }, () => 'expired'));
  });

  test('ends when its time is over, while its inquiry goes on', async () => {
    const meta = {
      'expiration-after-create-interval-seconds': 60,
      'expiration-after-start-interval-seconds': 3_600,
    };
    const inquiry = await server.inquiry({}, meta);
    const { id } = await session(inquiry);
    await simulate(inquiry, 'start_inquiry');
    const later = await session(inquiry);
    clock.advance(61_000);
    await until('the session is over', async () => (await eventsOf(id)).includes('inquiry-session.expired'));
    expect(await statusesOf(inquiry)).toEqual(['new', 'expired']);
    expect(await eventsOf(later.id)).toEqual([]);
    expect((await ok('GET', `/inquiries/${inquiry}`)).data.attributes.status).toBe('pending');
    const refused = await open('POST', `/inquiry-sessions/${id}/expire`);
    expect(refused.status).toBe(409);
    expect(await eventsOf(id)).toEqual(['inquiry-session.expired']);
  });

  test.for([
    ['expire', 'POST', '/expire', 'inquiry.expired', 'inquiry-session.expired'],
    ['approve', 'POST', '/approve', 'inquiry.approved', 'inquiry-session.canceled'],
    ['mark for review', 'POST', '/mark-for-review', 'inquiry.marked-for-review', 'inquiry-session.canceled'],
    ['redact', 'DELETE', '', 'inquiry.redacted', 'inquiry-session.canceled'],
  ] as const)('ends with its inquiry: %s', async ([, method, action, event, sessionEvent]) => {
    const inquiry = await server.inquiry();
    const ended = await session(inquiry);
    await ok('POST', `/inquiry-sessions/${ended.id}/expire`);
    const { id } = await session(inquiry);
    const link = await ok('POST', `/inquiry-sessions/${id}/generate-one-time-link`);
    await ok(method, `/inquiries/${inquiry}${action}`);
    expect(await statusesOf(inquiry)).toEqual(['expired', 'expired']);
    expect(await eventsOf(ended.id)).toEqual(['inquiry-session.expired']);
    expect(await eventsOf(id)).toEqual([sessionEvent]);

    // The inquiry's event comes first, and shows the session ended already.
    const { data } = await ok('GET', `/events?filter[object-id]=${inquiry}`);
    expect(data[0].attributes.name).toBe(event);
    const { included } = await newestSnapshot(inquiry);
    const shown = included.filter(({ type }: Json) => type === 'inquiry-session');
    expect(shown.map(({ attributes }: Json) => attributes.status)).toEqual(['expired', 'expired']);
    const [of] = (await ok('GET', `/events?filter[object-id]=${id}`)).data;
    expect(of.id > data[0].id).toBe(true);
    expect((await newestSnapshot(id)).included.map((each: Json) => each.id)).toEqual([inquiry]);

    const code = new URL(link.meta['one-time-link']).search;
    expect((await fetch(`${server.server.url}/verify${code}`)).status).toBe(410);
  });

  test('outlives the end that the person came to, and nobody gets another one after it', async () => {
    const inquiry = await server.inquiry();
    const { id } = await session(inquiry);
    await simulate(inquiry, 'complete_inquiry');
    expect(await statusesOf(inquiry)).toEqual(['new']);
    expect(await eventsOf(id)).toEqual([]);
    const made = { data: { attributes: { 'inquiry-id': inquiry } } };
    for (const [path, body] of [
      ['/inquiry-sessions', made],
      [`/inquiry-sessions/${id}/generate-one-time-link`, undefined],
      [`/inquiries/${inquiry}/generate-one-time-link`, undefined],
    ] as const) {
      const refused = await open('POST', path, body);
      expect(refused.status, path).toBe(409);
      expect(refused.json.errors[0].details).toBe(
        'Inquiry is completed; a session is for one that is created or pending.',
      );
    }
  });

  test('is ended with all those of several inquiries, or with none where one inquiry is not there', async () => {
    const [one, two] = [await server.inquiry(), await server.inquiry()];
    const [first, second, third] = [await session(one), await session(two), await session(two)];
    const expireAll = (...ids: string[]) =>
      open('POST', '/inquiry-sessions/expire-all?include=inquiry', { meta: { 'inquiry-ids': ids } });
    const refused = await expireAll(two, 'inq_1', one);
    expect(refused.status).toBe(422);
    expect(refused.json.errors[0]).toMatchObject({
      details: 'meta.inquiry_ids.1 is not found',
      source: { pointer: '/meta/inquiry-ids/1' },
    });
    expect(await statusesOf(one)).toEqual(['new']);
    const { json } = await expireAll(one, two, one);
    expect(json.data.map(({ id }: Json) => id)).toEqual([third.id, second.id, first.id]);
    expect(json.included.map(({ id }: Json) => id)).toEqual([two, one]);
    expect(json.data[0].attributes).toMatchObject({ status: 'expired', 'expired-at': expect.any(String) });
    expect((await expireAll(one, two)).json).toEqual({ data: [] });
    expect(await eventsOf(first.id)).toEqual(['inquiry-session.expired']);
  });
});

describe('a session token', () => {
  const claimsOf = (answer: Json) => decodeJwt(answer.meta['session-token']);

  test('is of a session that is kept, and of the same one until somebody has come in', async () => {
    const inquiry = await server.inquiry();
    await ok('POST', `/inquiries/${inquiry}/expire`);
    const resumed = await ok('POST', `/inquiries/${inquiry}/resume`);
    const [{ id }] = resumed.data.relationships.sessions.data;
    expect(claimsOf(resumed)).toMatchObject({
      sub: id,
      sid: id,
      aud: 'persona-verify',
      'inquiry-id': inquiry,
    });
    expect(claimsOf(resumed).exp).toBe(Math.floor(Date.parse(resumed.data.attributes['expires-at']) / 1000));
    const again = await ok('POST', `/inquiries/${inquiry}/resume`);
    expect(again.meta).toEqual(resumed.meta);
    expect(await statusesOf(inquiry)).toEqual(['new']);

    const { meta } = await ok('POST', `/inquiry-sessions/${id}/generate-one-time-link`);
    await fetch(meta['one-time-link'], { method: 'POST' });
    const other = await ok('POST', `/inquiries/${inquiry}/resume`);
    expect(claimsOf(other).sub).not.toBe(id);
    expect(await statusesOf(inquiry)).toEqual(['new', 'active']);
  });

  test('and a link are made with an inquiry where that is asked for, to one session', async () => {
    const create = async (meta: object) => {
      const data = { attributes: { 'inquiry-template-id': server.templateId } };
      return ok('POST', '/inquiries', { data, meta }, 201);
    };
    const token = await create({ 'auto-create-inquiry-session': true });
    expect(token.meta).toMatchObject({ 'one-time-link': null, 'one-time-link-short': null });
    expect(claimsOf(token).sub).toBe(token.data.relationships.sessions.data[0].id);
    const link = await create({ 'auto-create-one-time-link': true });
    expect(link.meta).toMatchObject({ 'session-token': null, 'one-time-link': expect.any(String) });
    const both = await create({ 'auto-create-inquiry-session': true, 'auto-create-one-time-link': true });
    expect(both.data.relationships.sessions.data).toHaveLength(1);
    const again = await ok('POST', `/inquiries/${both.data.id}/generate-one-time-link`);
    expect(again.meta['one-time-link']).toBe(both.meta['one-time-link']);
    expect(again.data.relationships.sessions.data).toHaveLength(1);
  });
});
