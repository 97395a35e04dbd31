import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseCidrs } from '../../cidr.ts';
import type { EgressPolicy } from './guard.ts';
import { httpReceiver } from './testing/receivers.ts';
import { attempted, postTo, testTransport, withHost } from './testing/posting.ts';

const strict: EgressPolicy = { allowedCidrs: [], allowLoopback: false };

function resolving(...answers: readonly (readonly string[])[]): {
  resolve: () => Promise<readonly string[]>;
  asked: () => number;
} {
  let asked = 0;
  const resolve = (): Promise<readonly string[]> =>
    Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? []);
  return { resolve, asked: () => asked };
}

function dnsError(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
}

describe('the guard', () => {
  test('refuses an address in the URL without connecting', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const outcome = await testTransport({ policy: strict }).post(postTo(receiver.url));
    expect(outcome).toMatchObject({ stage: 'guard', cause: 'address_refused' });
    expect(outcome).toHaveProperty('detail', expect.stringContaining('127.0.0.1'));
    expect(receiver.sockets).toHaveLength(0);
  });

  test('refuses a name that has one refused address among public ones', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const { resolve } = resolving(['8.8.8.8', '127.0.0.1', '1.1.1.1']);
    const outcome = await testTransport({ policy: strict, resolve }).post(
      postTo(withHost(receiver.url, 'a.test')),
    );
    expect(outcome).toMatchObject({ stage: 'guard', cause: 'address_refused' });
    expect(receiver.sockets).toHaveLength(0);
  });

  test('is not got round by a name that changes its address: one look-up, and a connection to what was checked', async () => {
    const list = parseCidrs('127.0.0.2');
    if ('problem' in list) throw new Error(list.problem);
    const addresses: (string | undefined)[] = [];
    const receiver = await httpReceiver((request, response) => {
      addresses.push(request.socket.localAddress);
      response.setHeader('Connection', 'close').end();
    });
    const { resolve, asked } = resolving(['127.0.0.2'], ['127.0.0.1']);
    const transport = testTransport({ policy: { allowedCidrs: list.cidrs, allowLoopback: false }, resolve });
    const url = withHost(receiver.url, 'rebinding.test');
    expect(await transport.post(postTo(url))).toMatchObject({ kind: 'answered' });
    expect(asked()).toBe(1);
    expect(await transport.post(postTo(url))).toMatchObject({ cause: 'address_refused' });
    expect(asked()).toBe(2);
    expect(addresses).toEqual(['127.0.0.2']);
  });

  test.each([
    ['http://127.0.0.1:22/', 'port_refused'],
    ['ftp://127.0.0.1:2121/', 'scheme_refused'],
  ])('refuses %s', async (url, cause) => {
    expect(await testTransport().post(postTo(new URL(url)))).toMatchObject({ stage: 'guard', cause });
  });
});

describe('resolving', () => {
  const url = new URL('http://hooks.test:8080/');

  test('a name that does not exist', async () => {
    const transport = testTransport({ resolve: () => dnsError('ENOTFOUND') });
    expect(await transport.post(postTo(url))).toMatchObject({ stage: 'resolve', cause: 'name_not_found' });
  });

  test('a name without an address', async () => {
    const transport = testTransport({ resolve: () => Promise.resolve([]) });
    expect(await transport.post(postTo(url))).toMatchObject({ stage: 'resolve', cause: 'name_not_found' });
  });

  test('a name whose servers fail', async () => {
    const transport = testTransport({ resolve: () => dnsError('EAI_AGAIN') });
    expect(await transport.post(postTo(url))).toMatchObject({ stage: 'resolve', cause: 'resolve_failed' });
  });

  test('a name whose servers are silent ends at the time', async () => {
    const transport = testTransport({ resolve: () => new Promise(() => undefined) });
    expect(await transport.post(postTo(url, { timeoutMs: 100 }))).toMatchObject({
      stage: 'resolve',
      cause: 'timeout',
    });
  });

  test('happens once for posts that begin together', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const { resolve, asked } = resolving(['127.0.0.1']);
    const transport = testTransport({ resolve });
    const posts = Array.from({ length: 4 }, () => transport.post(postTo(withHost(receiver.url, 'a.test'))));
    expect((await Promise.all(posts)).every((outcome) => outcome.kind === 'answered')).toBe(true);
    expect(asked()).toBe(1);
    expect(receiver.sockets).toHaveLength(4);
  });
});

describe('connecting', () => {
  test('to a port where nobody listens', async () => {
    const url = new URL(`http://127.0.0.1:${await unusedPort()}/`);
    expect(await testTransport().post(postTo(url))).toMatchObject({
      stage: 'connect',
      cause: 'connection_refused',
    });
  });

  test('goes on to the next address', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const { resolve } = resolving(['::1', '127.0.0.1']);
    const outcome = await testTransport({ resolve }).post(postTo(withHost(receiver.url, 'a.test')));
    expect(outcome).toMatchObject({ kind: 'answered' });
  });

  test('to a silent address ends at the time', async () => {
    const url = await silentUrl();
    const outcome = await testTransport().post(postTo(url, { timeoutMs: 150 }));
    expect(outcome).toMatchObject({ stage: 'connect', cause: 'timeout' });
    expect(attempted(outcome).timings.total).toBeLessThan(1000);
  });

  test('from a source address', async () => {
    let from: string | undefined;
    const receiver = await httpReceiver((request, response) => {
      from = request.socket.remoteAddress;
      response.end();
    });
    const outcome = await testTransport().post(postTo(receiver.url, { source: { ipv4: '127.0.0.5' } }));
    expect(outcome).toMatchObject({ kind: 'answered' });
    expect(from).toBe('127.0.0.5');
  });

  test('from a source address that the machine does not have', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const outcome = await testTransport().post(postTo(receiver.url, { source: { ipv4: '192.0.2.77' } }));
    expect(outcome).toMatchObject({ stage: 'connect', cause: 'source_address_unavailable' });
  });

  test('from a source address of the other family', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const { resolve } = resolving(['127.0.0.1'], ['::1']);
    const transport = testTransport({ resolve });
    const url = withHost(receiver.url, 'a.test');
    const mismatch = { stage: 'connect', cause: 'address_family_mismatch' };
    expect(await transport.post(postTo(url, { source: { ipv6: '::1' } }))).toMatchObject({
      ...mismatch,
      detail: 'a.test has IPv4 addresses only, and the region of the webhook sends from IPv6 only.',
    });
    expect(await transport.post(postTo(url, { source: { ipv4: '127.0.0.2' } }))).toMatchObject({
      ...mismatch,
      detail: 'a.test has IPv6 addresses only, and the region of the webhook sends from IPv4 only.',
    });
    expect(receiver.sockets).toHaveLength(0);
  });

  test('from a source of both families: to the addresses of either', async () => {
    let from: string | undefined;
    const receiver = await httpReceiver((request, response) => {
      from = request.socket.remoteAddress;
      response.end();
    });
    const { resolve } = resolving(['::1', '127.0.0.1']);
    const url = withHost(receiver.url, 'a.test');
    const source = { ipv4: '127.0.0.6', ipv6: '::1' };
    const outcome = await testTransport({ resolve }).post(postTo(url, { source }));
    expect(outcome).toMatchObject({ kind: 'answered' });
    expect(from).toBe('127.0.0.6');
  });

  test('from a source address that is none', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const { resolve } = resolving(['127.0.0.1']);
    const outcome = await testTransport({ resolve }).post(
      postTo(receiver.url, { source: { ipv4: 'nonsense' } }),
    );
    expect(outcome).toMatchObject({ kind: 'failed', stage: 'connect' });
  });
});

async function unusedPort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A listener that accepts nothing and whose queue is full: the kernel drops what else comes. */
async function silentUrl(): Promise<URL> {
  const code = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('fs').writeSync(1, String(s.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child.stdout, 'data');
  for (let index = 0; index < 4; index++) {
    const filler = connect({ port: Number(String(port)), host: '127.0.0.1' }).on('error', () => undefined);
    onTestFinished(() => void filler.destroy());
    if (index < 2) await once(filler, 'connect');
  }
  return new URL(`http://127.0.0.1:${String(port)}/`);
}
