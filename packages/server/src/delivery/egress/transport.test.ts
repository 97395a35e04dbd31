import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { httpReceiver, rawReceiver } from './testing/receivers.ts';
import { attempted, postTo, testTransport } from './testing/posting.ts';

describe('an answer', () => {
  test('arrives after exactly the bytes and headers that were given', async () => {
    let seen: unknown;
    const receiver = await httpReceiver((request, response) => {
      void buffer(request).then((body) => {
        seen = { method: request.method, url: request.url, body: body.toString(), headers: request.headers };
        response.setHeader('Set-Cookie', 'a=b').end('fine');
      });
    });
    const transport = testTransport();
    await transport.post(postTo(receiver.url));
    const outcome = await transport.post(postTo(receiver.url, { headers: ['X-Tenant', 'acme'] }));
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, answer: 'fine', retryAfter: undefined });
    expect(seen).toEqual({
      method: 'POST',
      url: '/hooks?of=test',
      body: '{"data":1}',
      headers: {
        host: receiver.url.host,
        connection: 'keep-alive',
        'x-tenant': 'acme',
        'content-length': '10',
      },
    });
  });

  test('that comes in pieces is kept as it came, whatever is read between them', async () => {
    const first = `HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n${'a'.repeat(100)}`;
    let pieceSent = (): void => undefined;
    const sent = new Promise<void>((resolve) => (pieceSent = resolve));
    const slow = await rawReceiver((socket) => socket.write(first, () => pieceSent()));
    const quick = await httpReceiver((_request, response) => response.end('b'.repeat(500)));
    const transport = testTransport();
    const outcome = transport.post(postTo(slow.url));
    await sent;
    // When this one is answered, the first piece has been read.
    await transport.post(postTo(quick.url));
    slow.sockets[0]?.write('c'.repeat(100));
    expect(await outcome).toMatchObject({ status: 200, answer: 'a'.repeat(100) + 'c'.repeat(100) });
  });

  test.each([200, 201, 204, 404, 500])('with status %i is an answer', async (status) => {
    const receiver = await httpReceiver((_request, response) => response.writeHead(status).end());
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({
      kind: 'answered',
      status,
      answer: '',
    });
  });

  test('that redirects is not followed', async () => {
    const visited: (string | undefined)[] = [];
    const receiver = await httpReceiver((request, response) => {
      visited.push(request.url);
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({ kind: 'answered', status: 302 });
    expect(visited).toEqual(['/hooks?of=test']);
  });

  test('with 429 or 503 has its Retry-After, others have none', async () => {
    let status = 429;
    const receiver = await httpReceiver((_request, response) => {
      response.writeHead(status, { 'retry-AFTER': '120' }).end();
    });
    const transport = testTransport();
    expect(await transport.post(postTo(receiver.url))).toMatchObject({ status: 429, retryAfter: '120' });
    status = 500;
    expect(await transport.post(postTo(receiver.url))).toMatchObject({ status: 500, retryAfter: undefined });
  });

  test('after informational responses is the last one', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      );
    });
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({ status: 200, answer: 'ok' });
  });

  test('that is compressed stays as it is', async () => {
    const packed = gzipSync('x'.repeat(1_000_000));
    const receiver = await httpReceiver((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed);
    });
    const outcome = await testTransport().post(postTo(receiver.url));
    expect(outcome.kind).toBe('answered');
    expect(attempted(outcome).answer).toContain('\ufffd');
  });

  test('is kept up to 4096 bytes and read up to 65536', async () => {
    const receiver = await httpReceiver((_request, response) => response.end('x'.repeat(65_536)));
    const outcome = await testTransport().post(postTo(receiver.url));
    expect(outcome).toMatchObject({ kind: 'answered', answer: `${'x'.repeat(4096)}… [cut]` });
  });

  test('has the time of each phase, and only the phases that happened', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const transport = testTransport({ resolve: () => Promise.resolve(['127.0.0.1']) });
    const url = new URL(receiver.url);
    url.hostname = 'hooks.test';
    const [first, second] = [await transport.post(postTo(url)), await transport.post(postTo(url))];
    expect(Object.keys(attempted(first).timings).sort()).toEqual([
      'connect',
      'firstByte',
      'resolve',
      'total',
    ]);
    expect(Object.keys(attempted(second).timings).sort()).toEqual(['firstByte', 'total']);
    const { connect = 0, resolve = 0, firstByte = 0, total } = attempted(first).timings;
    expect(connect + resolve + firstByte).toBeLessThanOrEqual(total);
  });

  test('that has arrived counts although the event loop was busy past the time', async () => {
    const receiver = await httpReceiver((_request, response) => {
      response.end('in time');
      const untilMs = performance.now() + 450;
      while (performance.now() < untilMs);
    });
    expect(await testTransport().post(postTo(receiver.url, { timeoutMs: 400 }))).toMatchObject({
      answer: 'in time',
    });
  });
});

describe('a receiver that answers badly', () => {
  test.each<[string, string, object]>([
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n', { stage: 'headers', cause: 'protocol_error' }],
    [
      'a status 100 nobody asked for',
      'HTTP/1.1 100 Continue\r\n\r\n',
      { stage: 'headers', cause: 'protocol_error' },
    ],
    [
      'an upgrade',
      'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      { cause: 'protocol_error' },
    ],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      { cause: 'protocol_error' },
    ],
    [
      'headers past the cap',
      `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
      { stage: 'headers', cause: 'headers_too_large', status: undefined },
    ],
    [
      'a bad chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      { stage: 'body', cause: 'protocol_error', status: 200 },
    ],
  ])('%s is a failed attempt', async (_name, text, expected) => {
    const receiver = await rawReceiver((socket) => socket.write(text));
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({ kind: 'failed', ...expected });
  });

  test.each<[string, string]>([
    ['with a length', `HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n`],
    ['until the connection closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
    ['on a connection to be closed', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 65537\r\n\r\n'],
  ])('one byte too many %s is a failed attempt with the start of the body', async (_name, head) => {
    const receiver = await rawReceiver((socket) => socket.end(head + 'x'.repeat(65_537)));
    const outcome = await testTransport().post(postTo(receiver.url));
    expect(outcome).toMatchObject({ kind: 'failed', stage: 'body', cause: 'body_too_large', status: 200 });
    expect(attempted(outcome).answer).toMatch(/^x{4096}… \[cut\]$/);
  });

  test('a body that never ends is cut off at the cap and the connection destroyed', async () => {
    const receiver = await httpReceiver((_request, response) => {
      const more = (): void => void response.write('x'.repeat(10_000), () => more());
      more();
    });
    const outcome = await testTransport().post(postTo(receiver.url));
    expect(outcome).toMatchObject({ stage: 'body', cause: 'body_too_large' });
    await closed(receiver.sockets[0]);
  });
});

describe('a receiver that closes', () => {
  test('before headers', async () => {
    const receiver = await rawReceiver((socket) => socket.end());
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({
      stage: 'headers',
      cause: 'socket_closed',
    });
  });

  test('with a reset before headers', async () => {
    const receiver = await rawReceiver((socket) => socket.resetAndDestroy());
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({
      stage: 'headers',
      cause: 'connection_reset',
      status: undefined,
    });
  });

  test('with a reset in the body, and what had come is kept', async () => {
    const receiver = await rawReceiver((socket) => {
      // Two turns of the event loop, so that the transport has read the half.
      const reset = (): void => void setImmediate(() => setImmediate(() => socket.resetAndDestroy()));
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', reset);
    });
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({
      stage: 'body',
      cause: 'connection_reset',
      status: 200,
      answer: 'half',
    });
  });

  test('in the body', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    });
    expect(await testTransport().post(postTo(receiver.url))).toMatchObject({
      kind: 'failed',
      stage: 'body',
      cause: 'socket_closed',
      status: 200,
      answer: 'half',
    });
  });
});

describe('the budget of time', () => {
  test.each<[string, string, string]>([
    ['headers that never come', '', 'headers'],
    ['headers that never end', 'HTTP/1.1 200 OK\r\nX-Test: 1\r\n', 'headers'],
    ['a body that never comes', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'body'],
  ])('ends %s', async (_name, text, stage) => {
    const receiver = await rawReceiver((socket) => socket.write(text));
    const outcome = await testTransport().post(postTo(receiver.url, { timeoutMs: 300 }));
    expect(outcome).toMatchObject({ kind: 'failed', stage, cause: 'timeout' });
    await closed(receiver.sockets[0]);
  });

  test('is for the whole answer, not for each piece of it', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const outcome = await testTransport().post(postTo(receiver.url, { timeoutMs: 250 }));
    expect(outcome).toMatchObject({ stage: 'body', cause: 'timeout', status: 200 });
    expect(attempted(outcome).answer).toMatch(/^x+$/);
    expect(attempted(outcome).timings.total).toBeGreaterThan(240);
    expect(attempted(outcome).timings.total).toBeLessThan(1000);
  });

  test('runs from when a connection takes the post', async () => {
    const receiver = await rawReceiver((socket) => {
      if (receiver.sockets.length === 2) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    const transport = testTransport();
    const first = transport.post(postTo(receiver.url, { connections: 1, timeoutMs: 300 }));
    const second = transport.post(postTo(receiver.url, { connections: 1, timeoutMs: 200 }));
    expect(await first).toMatchObject({ cause: 'timeout' });
    const { kind, timings } = attempted(await second);
    expect(kind).toBe('answered');
    expect(timings.total).toBeLessThan(200);
  });
});

test('a request that cannot be sent fails alone and takes no connection with it', async () => {
  const receiver = await httpReceiver((_request, response) => response.end('fine'));
  const transport = testTransport();
  for (let index = 0; index < 3; index++) {
    const bad = postTo(receiver.url, { connections: 1, headers: ['X-Bad', 'a\r\nb'] });
    expect(await transport.post(bad)).toMatchObject({ stage: 'send', cause: 'request_invalid' });
  }
  expect(await transport.post(postTo(receiver.url, { connections: 1 }))).toMatchObject({ answer: 'fine' });
});

function closed(
  socket: { readonly closed: boolean; once(event: 'close', done: () => void): unknown } | undefined,
) {
  return new Promise<void>((resolve) => {
    if (socket === undefined || socket.closed) return resolve();
    socket.once('close', resolve);
  });
}
