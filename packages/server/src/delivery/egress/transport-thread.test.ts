import { once } from 'node:events';
import { createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attempted, postTo, testTransport } from './testing/posting.ts';
import { httpReceiver, httpsReceiver, rawReceiver } from './testing/receivers.ts';
import { TEST_CERTIFICATE } from './testing/certificate.ts';
import { startTransportThread } from './transport-thread.ts';
import type { PostTransport } from './transport.ts';
import type { TransportSettings } from './transport-settings.ts';

/** Node.js runs no TypeScript in a thread: the compiled program, which `npm test` builds first. */
const program = new URL('../../../dist/delivery/egress/transport-program.js', import.meta.url);

interface Started {
  readonly transport: PostTransport;
  readonly losses: readonly string[];
  readonly lost: Promise<void>;
}

function start(settings: Partial<TransportSettings> = {}): Started {
  const losses: string[] = [];
  let tell = (): void => undefined;
  const lost = new Promise<void>((resolve) => (tell = resolve));
  const transport = startTransportThread({
    settings: { allow: [], allowLoopback: true, ...settings },
    onLoss: (reason) => {
      losses.push(reason);
      tell();
    },
    program,
  });
  onTestFinished(() => transport.close(0));
  return { transport, losses, lost };
}

/** Nobody listens there. */
async function deadUrl(): Promise<URL> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return new URL(`http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/`);
}

const withoutTimes = (outcome: object): object => ({ ...outcome, timings: 'left out' });

describe('a post through the thread', () => {
  test('arrives with the bytes and headers that were given, each body at its place', async () => {
    const seen = new Map<string, string>();
    const receiver = await httpReceiver((request, response) => {
      void buffer(request).then((body) => {
        seen.set(String(request.headers['x-number']), body.toString());
        response.end();
      });
    });
    const { transport } = start();
    const shared = Buffer.from('ä shared body');
    const bodies = [shared, Buffer.from('{"own":1}'), shared, Buffer.alloc(100_000, 'x'), Buffer.alloc(0)];
    const outcomes = await Promise.all(
      bodies.map((body, index) =>
        transport.post(postTo(receiver.url, { body, headers: ['X-Number', String(index)] })),
      ),
    );
    expect(outcomes).toMatchObject(bodies.map(() => ({ status: 200 })));
    expect([...seen].sort().map(([, body]) => body)).toEqual(bodies.map((body) => body.toString()));
  });

  test('has the outcome that it has without', async () => {
    const answering = await httpReceiver((request, response) => {
      const status = Number(request.url?.split('=')[1]);
      response
        .writeHead(status, { 'Retry-After': '7' })
        .end(status === 204 ? undefined : `said ${String(status)}`);
    });
    const hangsUp = await rawReceiver((socket) => socket.destroy());
    const garbage = await rawReceiver((socket) => socket.end('not HTTP\r\n\r\n'));
    const untrusted = await httpsReceiver((_request, response) => response.end());
    const statusUrl = (status: number) => new URL(`/?status=${String(status)}`, answering.url);
    const requests = [
      ...[200, 204, 302, 404, 429, 503].map((status) => postTo(statusUrl(status))),
      postTo(hangsUp.url),
      postTo(garbage.url),
      postTo(untrusted.url),
      postTo(await deadUrl()),
      postTo(new URL('http://user@127.0.0.1:9999/')),
      postTo(new URL('http://10.0.0.1/')),
      postTo(new URL('http://127.0.0.1:22/')),
      postTo(answering.url, { headers: ['X-Bad', 'a\r\nb: c'] }),
      postTo(answering.url, { source: { ipv6: '::1' } }),
    ];
    const here = testTransport();
    const { transport } = start();
    for (const each of requests.map((request, index) => ({ ...request, key: `wbh_${String(index)}` }))) {
      const [expected, outcome] = [attempted(await here.post(each)), attempted(await transport.post(each))];
      expect(withoutTimes(outcome)).toEqual(withoutTimes(expected));
      expect(Object.keys(outcome.timings).sort()).toEqual(Object.keys(expected.timings).sort());
    }
  });

  test('on a connection that is there has the times of the answer', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const { transport } = start();
    await transport.post(postTo(receiver.url));
    const { timings } = attempted(await transport.post(postTo(receiver.url)));
    expect(timings).toEqual({ firstByte: expect.any(Number), total: expect.any(Number) });
    expect(timings.total).toBeGreaterThan(0);
    expect(receiver.sockets).toHaveLength(1);
  });

  test('trusts what the operator trusts, and is bound to the source', async () => {
    let from: string | undefined;
    const receiver = await httpsReceiver((request, response) => {
      from = request.socket.remoteAddress;
      response.end();
    });
    const { transport } = start({ extraCa: TEST_CERTIFICATE.cert });
    const outcome = await transport.post(postTo(receiver.url, { source: { ipv4: '127.0.0.7' } }));
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
    expect(from).toBe('127.0.0.7');
  });

  test('reaches what is allowed and nothing else', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const refusing = start({ allowLoopback: false });
    expect(await refusing.transport.post(postTo(receiver.url))).toMatchObject({ cause: 'address_refused' });
    const allowing = start({ allowLoopback: false, allow: ['127.0.0.0/8'] });
    expect(await allowing.transport.post(postTo(receiver.url))).toMatchObject({ status: 200 });
  });
});

describe('the end of the thread', () => {
  test('cuts off what outlasts the grace, and takes no more posts', async () => {
    let reached = (): void => undefined;
    const isReached = new Promise<void>((resolve) => (reached = resolve));
    const silent = await rawReceiver(() => {
      reached();
    });
    const { transport, losses } = start();
    const outcome = transport.post(postTo(silent.url));
    await isReached;
    await transport.close(0);
    expect(await outcome).toMatchObject({ kind: 'failed', cause: 'shut_down' });
    await expect(transport.post(postTo(silent.url))).rejects.toThrow('The transport is closed.');
    expect(losses).toEqual([]);
  });

  test('waits for what was posted in the same turn', async () => {
    const receiver = await httpReceiver((_request, response) => response.end('in time'));
    const { transport } = start();
    const outcome = transport.post(postTo(receiver.url));
    await transport.close(5_000);
    expect(await outcome).toMatchObject({ kind: 'answered', answer: 'in time' });
  });

  test('by itself is told once, and leaves nobody waiting', async () => {
    const { transport, losses, lost } = start({ allow: ['nonsense'] });
    const outcome = transport.post(postTo(await deadUrl()));
    await lost;
    expect(await outcome).toMatchObject({ kind: 'failed', cause: 'shut_down' });
    await expect(transport.post(postTo(await deadUrl()))).rejects.toThrow('The transport is closed.');
    await transport.close(0);
    expect(losses).toHaveLength(1);
    expect(losses[0]).toContain('"nonsense" is not an address');
  });
});
