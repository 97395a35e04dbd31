import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { TEST_CERTIFICATE } from './testing/certificate.ts';
import { connectProxy } from './testing/connect-proxy.ts';
import { httpReceiver, httpsReceiver } from './testing/receivers.ts';
import { attempted, postTo, testTransport, withHost } from './testing/posting.ts';

const local = () => Promise.resolve(['127.0.0.1']);

describe('through a proxy', () => {
  test('http goes by CONNECT to the address that was checked, and the name stays in the request', async () => {
    const hosts: (string | undefined)[] = [];
    const receiver = await httpReceiver((request, response) => {
      hosts.push(request.headers.host);
      response.end('answer');
    });
    const proxy = await connectProxy();
    const url = withHost(receiver.url, 'hooks.test');
    const transport = testTransport({ proxy, resolve: local });
    const outcome = await transport.post(postTo(url));
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, answer: 'answer' });
    expect(proxy.heads).toEqual([
      `CONNECT 127.0.0.1:${url.port} HTTP/1.1\r\nHost: 127.0.0.1:${url.port}\r\n\r\n`,
    ]);
    expect(hosts).toEqual([url.host]);
    expect(attempted(outcome).timings).toHaveProperty('proxy');
    expect(attempted(outcome).timings).not.toHaveProperty('connect');
    // The tunnel is kept, as a connection is.
    expect(await transport.post(postTo(url))).toMatchObject({ kind: 'answered' });
    expect(proxy.sockets).toHaveLength(1);
  });

  test('https is checked end to end, with the name of the URL', async () => {
    const receiver = await httpsReceiver((_request, response) => response.end('sealed'));
    const proxy = await connectProxy();
    const transport = testTransport({ proxy, resolve: local, extraCa: TEST_CERTIFICATE.cert });
    const outcome = await transport.post(postTo(withHost(receiver.url, 'hooks.test')));
    expect(outcome).toMatchObject({ kind: 'answered', answer: 'sealed' });
    expect(await transport.post(postTo(withHost(receiver.url, 'other.test'), { key: 'b' }))).toMatchObject({
      stage: 'tls',
      cause: 'tls_name_mismatch',
    });
    expect(proxy.heads[0]).toMatch(/^CONNECT 127\.0\.0\.1:\d+ /);
  });

  test('credentials are sent, and a proxy that does not take them is a cause of its own', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const secret = `Basic ${Buffer.from('user:hunter2').toString('base64')}`;
    const proxy = await connectProxy(undefined, secret);
    expect(await testTransport({ proxy }).post(postTo(receiver.url))).toMatchObject({ kind: 'answered' });
    expect(proxy.heads[0]).toContain(`\r\nProxy-Authorization: ${secret}\r\n\r\n`);

    const strict = await connectProxy(
      (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'),
      secret,
    );
    const refused = await testTransport({ proxy: strict }).post(postTo(receiver.url));
    expect(refused).toMatchObject({ kind: 'failed', stage: 'proxy', cause: 'proxy_authentication' });
    expect(JSON.stringify(refused)).not.toContain(secret.slice(6));
  });

  test('an address that is refused never reaches the proxy', async () => {
    const proxy = await connectProxy();
    const transport = testTransport({
      proxy,
      policy: { allowedCidrs: [], allowLoopback: false },
      resolve: () => Promise.resolve(['8.8.8.8', '10.0.0.1']),
    });
    expect(await transport.post(postTo(new URL('https://hooks.test/')))).toMatchObject({
      stage: 'guard',
      cause: 'address_refused',
    });
    expect(proxy.sockets).toHaveLength(0);
  });

  test('IPv6 addresses stand in brackets, and the next address is tried where one is refused', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const asked: string[] = [];
    const { openTunnel } = await import('./testing/connect-proxy.ts');
    const proxy = await connectProxy((socket, head) => {
      asked.push(head.split(' ')[1] ?? '');
      if (asked.length === 1) socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
      else openTunnel(socket, head);
    });
    const url = withHost(receiver.url, 'hooks.test');
    const transport = testTransport({ proxy, resolve: () => Promise.resolve(['::1', '127.0.0.1']) });
    expect(await transport.post(postTo(url))).toMatchObject({ kind: 'answered' });
    expect(asked).toEqual([`[::1]:${url.port}`, `127.0.0.1:${url.port}`]);
  });

  const bad: readonly [name: string, reply: (socket: Socket) => void, cause: string, detail: string][] = [
    ['refuses', (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\nno'), 'proxy_refused', '403'],
    [
      'cannot connect',
      (socket) => socket.end('HTTP/1.0 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'),
      'proxy_refused',
      '502',
    ],
    ['redirects', (socket) => socket.write('HTTP/1.1 302 x\r\nLocation: /\r\n\r\n'), 'proxy_refused', '302'],
    [
      'answers garbage',
      (socket) => socket.write('SSH-2.0-OpenSSH\r\n\r\n'),
      'proxy_protocol_error',
      'not HTTP',
    ],
    ['hangs up', (socket) => socket.end(), 'proxy_protocol_error', 'hung up'],
    ['resets', (socket) => socket.resetAndDestroy(), 'proxy_protocol_error', 'hung up'],
    [
      'hangs up in the middle',
      (socket) => socket.end('HTTP/1.1 200 OK\r\n'),
      'proxy_protocol_error',
      'hung up',
    ],
    [
      'speaks for the receiver',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
      'proxy_protocol_error',
      'more than its reply',
    ],
    ['answers endlessly', (socket) => endless(socket), 'proxy_protocol_error', 'too long'],
  ];

  test.each(bad)('a proxy that %s is a failure of its own', async (_name, reply, cause, detail) => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const proxy = await connectProxy(reply);
    const outcome = await testTransport({ proxy }).post(postTo(receiver.url));
    expect(outcome).toMatchObject({ kind: 'failed', stage: 'proxy', cause });
    expect(outcome).toHaveProperty('detail', expect.stringContaining(detail));
    expect(receiver.sockets).toHaveLength(0);
  });

  test('a proxy that hangs costs no more than the time of the attempt', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const proxy = await connectProxy(() => undefined);
    const outcome = await testTransport({ proxy }).post(postTo(receiver.url, { timeoutMs: 200 }));
    expect(outcome).toMatchObject({ kind: 'failed', stage: 'proxy', cause: 'timeout' });
    expect(attempted(outcome).timings.total).toBeLessThan(1_500);
    expect(receiver.sockets).toHaveLength(0);
  });

  test('a proxy that is not there, or whose name is not', async () => {
    const gone = { host: '127.0.0.1', port: 1, authorization: undefined };
    const unreachable = { stage: 'proxy', cause: 'proxy_unreachable' };
    const receiver = await httpReceiver((_request, response) => response.end());
    expect(await testTransport({ proxy: gone }).post(postTo(receiver.url))).toMatchObject(unreachable);
    const resolve = (): Promise<never> => Promise.reject(new Error('no'));
    const named = { ...gone, host: 'proxy.test' };
    expect(await testTransport({ proxy: named, resolve }).post(postTo(receiver.url))).toMatchObject(
      unreachable,
    );
    const hanging = { proxy: named, resolve: () => new Promise<never>(() => undefined) };
    expect(await testTransport(hanging).post(postTo(receiver.url, { timeoutMs: 100 }))).toMatchObject({
      stage: 'proxy',
      cause: 'timeout',
    });
  });
});

function endless(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n');
  const more = (): void => {
    if (!socket.destroyed)
      socket.write('X-More: of the same, and the same again\r\n', () => setImmediate(more));
  };
  more();
}
