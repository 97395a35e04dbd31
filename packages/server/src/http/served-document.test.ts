import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test.for([
  ['json', 'application/json'],
  ['yaml', 'application/yaml'],
] as const)(
  'anybody gets the committed document as %s, and only once while it is the same',
  async ([form, type]) => {
    const url = `${server.server.url}/openapi.${form}`;
    const first = await fetch(url);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, type]);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    const text = await first.text();
    expect(text).toBe(readFileSync(new URL(`../../openapi/openapi.${form}`, import.meta.url), 'utf8'));
    const tag = first.headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': `"another", ${tag}` } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, tag, '']);
    expect((await fetch(url, { headers: { 'if-none-match': '"another"' } })).status).toBe(200);
  },
);

test('both forms say the same', () => {
  const read = (form: string) =>
    readFileSync(new URL(`../../openapi/openapi.${form}`, import.meta.url), 'utf8');
  expect(parse(read('yaml'))).toEqual(JSON.parse(read('json')));
});
