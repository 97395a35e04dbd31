import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@credence/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A connection on which the head of a POST was sent. It reads nothing until it is told to. */
function post(bodyBytes: number): Socket {
  const { hostname, port } = new URL(server.server.url);
  const socket = connect(Number(port), hostname).pause();
  socket.on('error', () => undefined);
  const head = [
    'POST /api/v1/inquiries HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${server.sandboxKey}`,
    'Content-Type: application/json',
    `Content-Length: ${String(bodyBytes)}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** Everything until the server ends the connection. */
async function read(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.resume();
  await once(socket, 'close');
  return text;
}

test('a body that is too long is refused at once, whoever sends large ones slowly', async () => {
  const slow = Array.from({ length: 8 }, () => {
    const socket = post(limits.bodyBytes);
    socket.write('{');
    return socket;
  });
  // All of the environment's places are taken.
  await server.api('GET', '/inquiries');
  const beganMs = performance.now();
  expect(await read(post(limits.bodyBytes + 1))).toMatch(/^HTTP\/1\.1 413 /);
  expect(performance.now() - beganMs).toBeLessThan(5_000);
  for (const socket of slow) socket.destroy();
}, 20_000);

test('a client that reads when it has written all finds the answer, though nobody reads what it writes', async () => {
  const pieces = 30;
  const piece = Buffer.alloc(65_536, ' ');
  const socket = post(pieces * piece.length);
  // For longer than the connection is kept for.
  for (let sent = 0; sent < pieces; sent += 1) {
    socket.write(piece);
    await pause(40);
  }
  const text = await read(socket);
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
  expect(text).toContain(`must have at most ${String(limits.bodyBytes)} bytes`);
});

test('a client that ends its body soon keeps the connection', async () => {
  const socket = post(limits.bodyBytes + 1);
  socket.write(Buffer.alloc(limits.bodyBytes + 1, ' '));
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect((await read(socket)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
});
