import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { limits } from '@credence/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function open(url = server.server.url): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  return socket;
}

/** Writes the bytes, keeps its side open, and reads until the server closes or `wanted` answers are there. */
async function exchange(bytes: string, wanted = Infinity, url?: string): Promise<RawAnswer[]> {
  const socket = open(url);
  socket.write(Buffer.from(bytes, 'latin1'));
  let text = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (answersIn(text).length >= wanted) resolve();
    });
    socket.on('close', () => {
      resolve();
    });
  });
  socket.destroy();
  return answersIn(text);
}

function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return answers;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2),
      ]),
    );
    const length = Number(headers['content-length'] ?? 0);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (rest.length < end + 4 + length) return answers;
    answers.push({ status, headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
}

const authorization = () => `Authorization: Bearer ${server.sandboxKey}`;

/** A request of its lines, with a host and a key unless they are among them. */
function request(first: string, ...lines: readonly string[]): string {
  const has = (name: string) => lines.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const all = [
    first,
    ...(has('host') ? [] : ['Host: x']),
    ...(has('authorization') ? [] : [authorization()]),
    ...lines,
  ];
  return `${all.join('\r\n')}\r\n\r\n`;
}

function expectError({ status, headers, body }: RawAnswer, wanted: number, says: string | RegExp): void {
  expect(status, body).toBe(wanted);
  expect(headers['content-type']).toBe('application/json');
  expect(headers['request-id']).toMatch(/^req_/);
  const { errors } = JSON.parse(body) as { errors: { title: string; details: string }[] };
  expect(errors).toHaveLength(1);
  expect(errors[0]?.title).toMatch(/^[A-Z]/);
  expect(errors[0]?.details).toMatch(says);
}

const get = 'GET /api/v1/inquiries HTTP/1.1';
const post = 'POST /api/v1/inquiries HTTP/1.1';
const json = 'Content-Type: application/json';
const noHttp = 'The request is not valid HTTP/1.1.';
const badTarget = 'The request target must be printable ASCII';
const many = (count: number) => Array.from({ length: count }, (_, index) => `X-${String(index)}: 1`);

describe('the connection is closed with a refusal in JSON after', () => {
  test.for<readonly [what: string, bytes: () => string, status: number, says: string | RegExp]>([
    ['no HTTP at all', () => '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400, noHttp],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, noHttp],
    ['HTTP/0.9', () => 'GET /api/v1/inquiries\r\n\r\n', 400, 'must be of HTTP/1.1'],
    ['HTTP/3.7', () => request('GET / HTTP/3.7'), 400, noHttp],
    ['a method that nobody knows', () => request('DANCE / HTTP/1.1'), 400, noHttp],
    ['CONNECT', () => request('CONNECT example.com:443 HTTP/1.1'), 400, 'CONNECT is for proxies'],
    [
      'an absolute target',
      () => request('GET http://evil.example/api/v1/inquiries HTTP/1.1'),
      400,
      'must be a path',
    ],
    ['a target of a star', () => request('OPTIONS * HTTP/1.1'), 400, 'must be a path'],
    ['..', () => request('GET /api/v1/x/../inquiries HTTP/1.1'), 400, 'must not have the segments'],
    ['.. at the end', () => request('GET /api/v1/inquiries/.. HTTP/1.1'), 400, 'must not have the segments'],
    [
      '.. in percents',
      () => request('GET /api/v1/x/%2e%2E/inquiries?x HTTP/1.1'),
      400,
      'must not have the segments',
    ],
    ['a dot', () => request('GET /api/v1/./inquiries HTTP/1.1'), 400, 'must not have the segments'],
    ['a backslash', () => request('GET /api/v1\\inquiries HTTP/1.1'), 400, badTarget],
    ['a fragment', () => request('GET /api/v1/inquiries#x HTTP/1.1'), 400, badTarget],
    ['letters of other alphabets', () => request('GET /api/v1/inquiri\xe9s HTTP/1.1'), 400, /target|HTTP/],
    ['no Host', () => `${get}\r\n${authorization()}\r\n\r\n`, 400, 'The header Host is missing.'],
    ['an empty Host', () => request(get, 'Host:'), 400, 'The header Host must be'],
    ['a Host with a path', () => request(get, 'Host: x/y'), 400, 'The header Host must be'],
    ['a Host with a user', () => request(get, 'Host: a@b'), 400, 'The header Host must be'],
    ['a Host that is no URL’s', () => request(get, 'Host: x:99999'), 400, 'target is not usable'],
    ['two hosts', () => request(get, 'Host: a', 'Host: b'), 400, 'host is given twice'],
    ['two keys', () => request(get, authorization(), authorization()), 400, 'authorization is given twice'],
    ['a space before the colon', () => request(get, 'X-A : 1'), 400, noHttp],
    ['a line that goes on', () => request(get, 'X-A: 1', ' 2'), 400, noHttp],
    ['NUL in a header', () => request(get, 'X-A: \0'), 400, noHttp],
    ['a bare CR in a header', () => request(get, 'Idempotency-Key: a\rX-Injected: 1'), 400, noHttp],
    ['too many headers', () => request(get, ...many(limits.headers)), 431, 'at most 100 header fields'],
    ['more headers than node counts', () => request(get, ...many(1_200)), 431, 'at most 100 header fields'],
    [
      'a header name that never ends',
      () => request(get, `X-${'a'.repeat(20_000)}: 1`),
      431,
      'at most 16384 bytes',
    ],
    [
      'a header value that never ends',
      () => request(get, `X: ${'a'.repeat(20_000)}`),
      431,
      'at most 16384 bytes',
    ],
    [
      'a target that never ends',
      () => request(`GET /${'a'.repeat(20_000)} HTTP/1.1`),
      431,
      'at most 16384 bytes',
    ],
    ['a length below zero', () => request(post, json, 'Content-Length: -1'), 400, noHttp],
    ['a length in hexadecimal', () => request(post, json, 'Content-Length: 0x10'), 400, noHttp],
    [
      'a length beyond all numbers',
      () => request(post, json, `Content-Length: ${'9'.repeat(30)}`),
      400,
      noHttp,
    ],
    ['two lengths', () => request(post, json, 'Content-Length: 2', 'Content-Length: 3'), 400, noHttp],
    [
      'a length and chunks',
      () => `${request(post, json, 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      400,
      /HTTP\/1\.1|cannot be given together/,
    ],
    ['another coding', () => request(post, json, 'Transfer-Encoding: gzip'), 400, /HTTP\/1\.1|is chunked/],
    [
      'chunked twice',
      () => `${request(post, json, 'Transfer-Encoding: chunked, chunked')}0\r\n\r\n`,
      400,
      /HTTP\/1\.1|is chunked/,
    ],
    [
      'a chunk that is no number',
      () => `${request(post, json, 'Transfer-Encoding: chunked')}zz\r\n`,
      400,
      noHttp,
    ],
    [
      'a chunk that is longer than it says',
      () => `${request(post, json, 'Transfer-Encoding: chunked')}2\r\n{}}}\r\n0\r\n\r\n`,
      400,
      noHttp,
    ],
    [
      'a chunk extension that never ends',
      () => `${request(post, json, 'Transfer-Encoding: chunked')}2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`,
      413,
      'extensions that are too long',
    ],
    [
      'an expectation',
      () => request(post, json, 'Content-Length: 2', 'Expect: more'),
      417,
      'only 100-continue',
    ],
  ])('%s', async ([, bytes, status, says]) => {
    const answers = await exchange(bytes());
    expect(answers).toHaveLength(1);
    for (const answer of answers) {
      expectError(answer, status, says);
      expect(answer.headers['connection']).toBe('close');
      expect(answer.headers['x-injected']).toBeUndefined();
    }
  });
});

test('a client that is slow is told so when its time is over, and the connection closed', async () => {
  const clientTimes = { headersMs: 300, requestMs: 600, lookEveryMs: 50 };
  await using hasty = await startTestServer({ clientTimes });
  await Promise.all(
    [
      '',
      `${get}\r\nHost: x\r\n`,
      request(post, json, 'Content-Length: 100'),
      `${request(post, json, 'Transfer-Encoding: chunked')}1\r\n{\r\n`,
    ].map(async (bytes) => {
      const answers = await exchange(bytes, Infinity, hasty.server.url);
      expect(answers).toHaveLength(1);
      for (const answer of answers) {
        expectError(answer, 408, 'took too long');
        expect(answer.headers['connection']).toBe('close');
      }
    }),
  );
});

test('a body that is refused for its length is not waited for', async () => {
  const answers = await exchange(request(post, json, 'Content-Length: 10737418240'));
  expect(answers.map(({ status }) => status)).toEqual([413]);
  // Less than what a slow request may take.
}, 10_000);

describe('is answered as if nothing were odd:', () => {
  test.for<readonly [what: string, bytes: () => string, status: number]>([
    ['HTTP/1.0 without a Host', () => `GET /api/v1/inquiries HTTP/1.0\r\n${authorization()}\r\n\r\n`, 200],
    [
      'an upgrade to HTTP/2, which is not taken up',
      () => request(get, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
      200,
    ],
    [
      'an upgrade to a web socket',
      () => request(get, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x'),
      200,
    ],
    ['a body where none is read', () => `${request(get, json, 'Content-Length: 2')}{}`, 200],
    ['a Host in brackets', () => request(get, 'Host: [::1]:8484'), 200],
    [
      'brackets and a backslash in the query',
      () => request('GET /api/v1/inquiries?filter[reference-id]=a\\b HTTP/1.1'),
      200,
    ],
    ['TRACE, which no route takes', () => request('TRACE /api/v1/inquiries HTTP/1.1'), 405],
    ['a key in one line with others', () => request(get, 'Persona-Version: 2025-12-08, 2025-12-08'), 400],
    [
      'an Idempotency-Key of control characters',
      () => `${request(post, json, 'Content-Length: 2', 'Idempotency-Key: a\tb')}{}`,
      400,
    ],
    [
      'an Idempotency-Key of another alphabet',
      () => `${request(post, json, 'Content-Length: 2', 'Idempotency-Key: \xe9')}{}`,
      400,
    ],
    ['a length of ten gibibytes', () => request(post, json, 'Content-Length: 10737418240'), 413],
  ])('%s', async ([, bytes, status]) => {
    const [answer] = await exchange(bytes(), 1);
    expect(answer?.status, answer?.body).toBe(status);
    if (status >= 400 && answer !== undefined) expectError(answer, status, /./);
    expect(answer?.headers['upgrade']).toBeUndefined();
  });

  test('a body that waits to be asked for', async () => {
    const text = (
      await exchange(`${request(post, json, 'Content-Length: 2', 'Expect: 100-continue')}{}`, 2)
    ).at(-1);
    expect(text?.status).toBe(400);
    expect(text?.body).toContain('data is missing');
  });
});

describe('requests that come one after the other unasked', () => {
  test('are answered in order, and what is wrong after them comes last', async () => {
    const answers = await exchange(
      request(get) + request('GET /api/v1/nothing HTTP/1.1') + 'garbage\r\n\r\n',
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400]);
    expect(answers.map(({ headers }) => headers['connection'])).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ]);
  });

  test('are refused when they are too many', async () => {
    const answers = await exchange(request(get).repeat(limits.pipelined + 20));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toEqual([...Array<number>(limits.pipelined).fill(200), 400]);
    const last = answers.at(-1);
    if (last !== undefined) expectError(last, 400, 'At most 100 requests of one connection');
  });

  test('do not keep others from their answers when they are a flood', async () => {
    const [flood, other] = await Promise.all([
      exchange(request(get).repeat(1_000)),
      server.api('GET', '/inquiries'),
    ]);
    // The connection is closed while more is on its way, and that may cost the sender answers that it had not read.
    expect(flood.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(limits.pipelined);
    expect(other.status).toBe(200);
  });
});

test('clients that leave in the middle of a large body do not take the places of others', async () => {
  const large = request(post, json, 'Content-Length: 500000') + '{'.padEnd(1_000);
  const sockets = Array.from({ length: 12 }, () => {
    const socket = open();
    socket.write(large);
    return socket;
  });
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) =>
          socket.write(' ', () => {
            resolve();
          }),
        ),
    ),
  );
  for (const socket of sockets) socket.resetAndDestroy();
  const data = {
    attributes: {
      'inquiry-template-id': server.templateId,
      note: 'x'.repeat(10_000),
      tags: Array(99).fill('y'.repeat(200)),
    },
  };
  expect((await server.api('POST', '/inquiries', { data })).status).toBe(201);
});

test('keys of prototypes stay data', async () => {
  const payload = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"n":0.1}',
  ) as unknown;
  const sent = `{"data":[{"attributes":{"name":"custom.proto","payload":${JSON.stringify(payload)}}}]}`;
  const made = await server.api('POST', '/events', sent);
  expect(made.status, made.text).toBe(201);
  const { text } = await server.api('GET', `/events/${made.json.data[0].id}`);
  expect(text).toContain(JSON.stringify(payload));
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const lossy = sent.replace('0.1', '0.10000000000000000001');
  const refused = await server.api('POST', '/events', lossy);
  expect(refused.json.errors[0].details).toMatch(/^data\.0\.attributes\.payload\.n must be a number/);
});

test('after all that the process answers, nothing broke inside, and memory is what it was', async () => {
  const collect = garbageCollector();
  const flood = async (): Promise<void> => {
    const bodies = [`{"a":${'['.repeat(100_000)}`, `{"a":"${'x'.repeat(100_000)}`, '{"a":1,"a":2}', '\xff'];
    for (const body of bodies)
      await exchange(`${request(post, json, `Content-Length: ${String(body.length)}`)}${body}`, 1);
    await Promise.all(Array.from({ length: 20 }, () => exchange('garbage\r\n\r\n')));
    await exchange(request(get).repeat(150));
  };
  await flood();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < 3; round += 1) await flood();
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000);
  expect((await server.api('GET', '/inquiries')).status).toBe(200);
  expect(server.logged()).not.toContain('request.broke');
});

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  // The name is there once the flag is.
  return runInNewContext('gc') as () => void;
}
