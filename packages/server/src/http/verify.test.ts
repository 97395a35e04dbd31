import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import { todayMs } from '../delivery/testing/world.ts';
import { testClock } from '../testing/test-clock.ts';
import { startTestServer, type ApiAnswer, type TestServer } from '../testing/test-server.ts';

type Json = ApiAnswer['json'];

const clock = testClock(todayMs());
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ clock, env: { CREDENCE_PUBLIC_URL: 'https://id.example.com/x/' } });
});
afterAll(() => server[Symbol.asyncDispose]());

async function linkTo(
  inquiryId: string,
  seconds?: number,
): Promise<{ code: string; link: string; data: Json }> {
  const meta = seconds === undefined ? {} : { meta: { 'expires-in-seconds': seconds } };
  const { json } = await server.api('POST', `/inquiries/${inquiryId}/generate-one-time-link`, meta);
  const link: string = json.meta['one-time-link'];
  return { code: new URL(link).searchParams.get('code') ?? '', link, data: json.data };
}

const visit = (method: string, code: string) =>
  fetch(`${server.server.url}/verify?code=${encodeURIComponent(code)}`, { method });

async function sessionOf(inquiryId: string): Promise<Json> {
  const { json } = await server.api('GET', `/inquiry-sessions?filter[inquiry-id]=${inquiryId}`);
  return json.data[0];
}

async function startedEvents(sessionId: string): Promise<number> {
  const { json } = await server.api('GET', `/events?filter[object-id]=${sessionId}`);
  return json.data.filter(({ attributes }: Json) => attributes.name === 'inquiry-session.started').length;
}

describe('a one-time link', () => {
  test('begins with the public address, and is the same one until it is used', async () => {
    const inquiry = await server.inquiry();
    const { link, code } = await linkTo(inquiry);
    expect(link).toBe(`https://id.example.com/x/verify?code=${code}`);
    expect(code).toMatch(/^[1-9A-HJ-NP-Za-km-z]{22}$/);
    expect((await linkTo(inquiry, 60)).link).toBe(link);
    const { id } = await sessionOf(inquiry);
    const ofSession = await server.api('POST', `/inquiry-sessions/${id}/generate-one-time-link`);
    expect(ofSession.json.meta).toEqual({ 'one-time-link': link, 'one-time-link-short': link });

    await visit('POST', code);
    const next = await linkTo(inquiry);
    expect(next.link).not.toBe(link);
    expect(next.data.relationships.sessions.data).toHaveLength(2);
  });

  test('is not used by those who only look: previews, scanners and HEAD', async () => {
    const inquiry = await server.inquiry();
    const { code } = await linkTo(inquiry);
    for (const method of ['GET', 'HEAD', 'GET']) expect((await visit(method, code)).status).toBe(200);
    expect((await sessionOf(inquiry)).attributes.status).toBe('new');
    const page = await (await visit('GET', code)).text();
    expect(page).toContain('<form method="post"><button type="submit">');
  });

  test('starts its session once, may be used again for five minutes, and not after them', async () => {
    const inquiry = await server.inquiry();
    const { code } = await linkTo(inquiry);
    const opened = await visit('POST', code);
    expect(opened.status).toBe(200);
    expect(await opened.text()).toContain('not part of this release');
    const { id, attributes } = await sessionOf(inquiry);
    expect(attributes).toMatchObject({ status: 'active', 'started-at': expect.any(String) });

    const elapsedMs = clock.nowMs() - Date.parse(attributes['started-at']);
    clock.advance(300_000 - elapsedMs - 1_000);
    expect((await visit('GET', code)).status).toBe(200);
    expect((await visit('POST', code)).status).toBe(200);
    clock.advance(1_001);
    for (const method of ['GET', 'POST']) {
      const used = await visit(method, code);
      expect(used.status).toBe(410);
      expect(await used.text()).toContain('has been used');
    }
    expect(await startedEvents(id)).toBe(1);
    const inquiryNow = (await server.api('GET', `/inquiries/${inquiry}`)).json.data;
    expect(inquiryNow.attributes.status).toBe('created');
  });

  test('is over after its time, and another one takes its place', async () => {
    const inquiry = await server.inquiry();
    const { code, link } = await linkTo(inquiry, 60);
    clock.advance(61_000);
    for (const method of ['GET', 'POST']) {
      const expired = await visit(method, code);
      expect(expired.status).toBe(410);
      expect(await expired.text()).toContain('has expired');
    }
    expect((await sessionOf(inquiry)).attributes.status).toBe('new');
    const { id } = await sessionOf(inquiry);
    const { json } = await server.api('POST', `/inquiry-sessions/${id}/generate-one-time-link`);
    expect(json.meta['one-time-link']).not.toBe(link);
    expect(
      (await visit('POST', new URL(json.meta['one-time-link']).searchParams.get('code') ?? '')).status,
    ).toBe(200);
    expect((await visit('GET', code)).status).toBe(404);
  });

  test('lives as long as its inquiry was told, and a day where nobody said', async () => {
    const told = await server.inquiry({}, { 'one-time-link-expiration-seconds': 120 });
    const [short, usual] = [(await linkTo(told)).code, (await linkTo(await server.inquiry())).code];
    clock.advance(121_000);
    expect((await visit('GET', short)).status).toBe(410);
    expect((await visit('GET', usual)).status).toBe(200);
  });

  test('is in no row and no line of the log as it is sent', async () => {
    const { code } = await linkTo(await server.inquiry());
    await visit('POST', code);
    const other = await linkTo(await server.inquiry());
    const kept = await server.db.query<{ row: string }>(
      statement(
        '',
        `select s::text as row from inquiry_sessions s union all select e::text from events e
         union all select encode(link_sealed, 'escape') from inquiry_sessions where link_sealed is not null`,
      ),
    );
    expect(kept.length).toBeGreaterThan(2);
    for (const secret of [code, other.code]) {
      expect(kept.map(({ row }) => row).join('\n')).not.toContain(secret);
      expect(server.logged()).not.toContain(secret);
    }
  });
});

describe('the page of a link', () => {
  test('says the same of every code that is not known, and repeats none', async () => {
    const unknown = ['', 'short', '1'.repeat(22), '<script>alert(1)</script>', '%00', 'O'.repeat(22)];
    const pages = await Promise.all(
      unknown.map(async (code) => {
        const answer = await visit('GET', code);
        expect(answer.status).toBe(404);
        return answer.text();
      }),
    );
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain('This link is not known');
    expect((await fetch(`${server.server.url}/verify`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${server.server.url}/verify`, { method: 'DELETE' })).status).toBe(405);
  });

  test('is the same for every good link, and says nothing of the inquiry', async () => {
    const one = await linkTo(await server.inquiry({ fields: { 'name-first': 'Zebulon' }, note: 'secret' }));
    const two = await linkTo(await server.inquiry());
    const pages = [await visit('GET', one.code), await visit('GET', two.code)];
    const [first, second] = await Promise.all(pages.map((page) => page.text()));
    expect(first).toBe(second);
    expect(first).toMatch(/^<!doctype html><html lang="en">.*<title>.+<\/title>.*<h1>.+<\/h1>/);
  });

  test('runs and loads nothing, and is neither kept, framed, indexed nor told to others', async () => {
    const { headers } = await visit('GET', '1'.repeat(22));
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});
