import { expect, test } from 'vitest';
import { until } from '../delivery/testing/until.ts';
import { startFreezingProxy } from '../testing/freezing-proxy.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestServer } from '../testing/test-server.ts';

const storeTimes = { statementMs: 500, engineAnswerMs: 700, connectMs: 700 };
const noAnswer = 'The database could not be reached or did not answer in time; try again later.';

test('requests that the database leaves without an answer are 503, and the log says so once', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFreezingProxy(database.url);
  await using cut = await startTestServer({ databaseUrl: proxy.url, storeTimes });
  const requests = ['/webhooks', '/inquiries', '/events'].map((path) => () => cut.api('GET', path));
  for (const ask of requests) expect((await ask()).status).toBe(200);
  proxy.freeze();
  const answers = await Promise.all([...requests, ...requests].map((ask) => ask()));
  for (const { status, headers, json } of answers) {
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(headers.get('request-id')).toMatch(/^req_/);
    expect(json).toEqual({ errors: [{ title: 'Service unavailable', details: noAnswer }] });
  }
  expect((await fetch(`${cut.server.url}/healthz`)).status).toBe(200);
  expect(cut.logged().match(/"database\.unavailable"/g)).toHaveLength(1);
  expect(cut.logged()).not.toContain('request.broke');
  proxy.thaw();
  // What was swallowed stays lost: connections from before break.
  await until('it answers again', async () => (await cut.api('GET', '/webhooks')).status === 200);
});

test('a statement of a POST that takes too long is 503, and says that it may have been carried out', async () => {
  await using server = await startTestServer({ storeTimes });
  await server.db.script(`
    create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return new; end $$;
    create trigger dawdle before insert on webhooks for each row execute function dawdle();`);
  const data = { attributes: { name: 'slow', url: 'https://a.example/', 'enabled-events': ['*'] } };
  const { status, json } = await server.api('POST', '/webhooks', { data });
  expect(status, JSON.stringify(json)).toBe(503);
  expect(json.errors[0].details).toContain(`${noAnswer} The request may have been carried out all the same`);
  expect(server.logged()).not.toContain('request.broke');
});
