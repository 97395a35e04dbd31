import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { serverOfFile } from './testing/served.ts';

const servedNow = serverOfFile();

/** One attempt, and an hour until the next: this file is about the first. */
const retryLater = { waits: [3_600], 'success-statuses': [200] };

describe('a status', () => {
  const cases = [
    { policy: 'classic', status: 200, succeeds: true },
    { policy: 'classic', status: 201, succeeds: false },
    { policy: 'classic', status: 204, succeeds: false },
    { policy: 'current', status: 200, succeeds: true },
    { policy: 'current', status: 201, succeeds: true },
    { policy: 'current', status: 202, succeeds: true },
    { policy: 'current', status: 203, succeeds: false },
    { policy: 'current', status: 204, succeeds: true },
    { policy: { waits: [60], 'success-statuses': [299] }, status: 299, succeeds: true },
    { policy: { waits: [60], 'success-statuses': [299] }, status: 200, succeeds: false },
    { policy: 'current', status: 404, succeeds: false },
    { policy: 'current', status: 410, succeeds: false },
  ];
  test.each(cases)(
    'of $status is a success under $policy: $succeeds',
    async ({ policy, status, succeeds }) => {
      const served = servedNow();
      await using receiver = await startTestReceiver();
      receiver.answer((_, response) => response.writeHead(status).end());
      const name = `status-${String(status)}-${typeof policy === 'string' ? policy : 'own'}`;
      const webhook = await served.subscribe(receiver.url, name, { 'retry-policy': policy });
      await served.send(name);
      const row = succeeds ? await served.end(webhook.id) : await served.waiting(webhook.id, 1);
      if (succeeds)
        expect(row).toMatchObject({ status: 'completed', reason: 'delivered', resultCode: status });
      expect(await served.attemptsOf(row.id)).toMatchObject([
        { number: 1, statusCode: status, stage: null, cause: null },
      ]);
    },
  );
});

test.each([301, 302, 303, 307, 308])(
  'a redirect with %i is a failure, and its target sees nothing',
  async (status) => {
    const served = servedNow();
    await using target = await startTestReceiver();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(status, { location: target.url }).end());
    const name = `redirect-${String(status)}`;
    const webhook = await served.subscribe(receiver.url, name, { 'retry-policy': retryLater });
    await served.send(name);
    const { id } = await served.waiting(webhook.id, 1);
    expect(await served.attemptsOf(id)).toMatchObject([{ statusCode: status }]);
    expect(target.received).toEqual([]);
  },
);

/** A receiver below HTTP: what it does with each connection once something arrived on it. */
async function rawReceiver(serve: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      serve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes `text` byte by byte, slowly, and then nothing. */
function drip(socket: Socket, text: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || sent === text.length) clearInterval(timer);
    else socket.write(text.charAt((sent += 1) - 1));
  }, 40);
}

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n';

describe('an attempt with 500 ms ends within them', () => {
  const cases: {
    readonly name: string;
    readonly serve: (socket: Socket) => void;
    readonly attempt: object;
  }[] = [
    {
      name: 'when the header never comes',
      serve: () => undefined,
      attempt: { stage: 'headers', cause: 'timeout', statusCode: null },
    },
    {
      name: 'when the header drips',
      serve: (socket) => {
        drip(socket, head);
      },
      attempt: { stage: 'headers', cause: 'timeout', statusCode: null },
    },
    {
      name: 'when the body never comes',
      serve: (socket) => socket.write(head),
      attempt: { stage: 'body', cause: 'timeout', statusCode: 200 },
    },
    {
      name: 'when the body drips',
      serve: (socket) => {
        socket.write(head);
        drip(socket, 'x'.repeat(1_000));
      },
      attempt: { stage: 'body', cause: 'timeout', statusCode: 200, answer: expect.stringMatching(/^x+/) },
    },
    {
      name: 'when the connection is closed without an answer',
      serve: (socket) => socket.end(),
      attempt: { stage: 'headers', cause: 'socket_closed', statusCode: null },
    },
    {
      name: 'when the answer is in another protocol',
      serve: (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      attempt: { stage: 'headers', cause: 'protocol_error', statusCode: null },
    },
    {
      name: 'when the connection breaks in the body',
      serve: (socket) => socket.end(`${head}half`),
      attempt: { stage: 'body', statusCode: 200, answer: 'half' },
    },
  ];
  test.concurrent.each(cases)('$name', async ({ name, serve, attempt }) => {
    await using receiver = await rawReceiver(serve);
    expect(await attemptAt(receiver.url, name)).toMatchObject(attempt);
  });

  test.concurrent('when the body never ends, and it is no success though it is a 200', async () => {
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('more '), 20);
      response.on('close', () => clearInterval(timer));
    });
    const attempt = await attemptAt(receiver.url, 'endless body');
    expect(attempt).toMatchObject({ stage: 'body', cause: 'timeout', statusCode: 200 });
    expect(attempt.answer).toMatch(/^more more /);
  });

  test.concurrent('when the body is larger than what is read of it', async () => {
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => {
      response.writeHead(200);
      flood(response);
    });
    const attempt = await attemptAt(receiver.url, 'flood');
    expect(attempt).toMatchObject({ stage: 'body', cause: 'body_too_large', statusCode: 200 });
    expect(attempt.answer.length).toBeLessThan(20_000);
  });

  test.concurrent('when nobody listens', async () => {
    const gone = await rawReceiver(() => undefined);
    await gone[Symbol.asyncDispose]();
    expect(await attemptAt(gone.url, 'nobody')).toMatchObject({
      stage: 'connect',
      cause: 'connection_refused',
      statusCode: null,
    });
  });
});

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 'y');
  while (!response.destroyed && response.write(chunk));
  if (!response.destroyed) response.once('drain', () => flood(response));
}

/** Sends one event there. Returns what was recorded of its only attempt, which took no longer than it may. */
async function attemptAt(url: string, title: string) {
  const served = servedNow();
  const name = title.replaceAll(' ', '-');
  const settings = { 'retry-policy': retryLater, 'timeout-ms': 500 };
  const webhook = await served.subscribe(url, name, settings);
  await served.send(name);
  const { id } = await served.waiting(webhook.id, 1);
  const [attempt] = await served.attemptsOf(id);
  // A busy machine fires the timer late; the shortest budget otherwise is ten times as long.
  expect(attempt?.durationMs).toBeLessThan(2_500);
  return attempt!;
}
