import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { httpReceiver, rawReceiver } from './testing/receivers.ts';
import { postTo, testTransport } from './testing/posting.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('connections', () => {
  test('are kept and used again', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const transport = testTransport();
    for (let index = 0; index < 5; index++) await transport.post(postTo(receiver.url));
    expect(receiver.sockets).toHaveLength(1);
  });

  test('are never more than allowed, and posts beyond them wait their turn', async () => {
    const receiver = await httpReceiver((_request, response) => void setImmediate(() => response.end('ok')));
    const transport = testTransport();
    const posts = Array.from({ length: 40 }, () => transport.post(postTo(receiver.url, { connections: 3 })));
    const outcomes = await Promise.all(posts);
    expect(outcomes.every((outcome) => outcome.kind === 'answered')).toBe(true);
    expect(receiver.sockets).toHaveLength(3);
  });

  test('that somebody else uses are left to them', async () => {
    const receiver = await httpReceiver((_request, response) => void setImmediate(() => response.end()));
    const transport = testTransport();
    const request = postTo(receiver.url, { connections: 5, elsewhere: 3 });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => transport.post(request)));
    expect(outcomes.every(({ kind }) => kind === 'answered')).toBe(true);
    expect(receiver.sockets).toHaveLength(2);
  });

  test('that do not become free in time leave what waits for them as it was', async () => {
    const receiver = await rawReceiver(() => undefined);
    const transport = testTransport();
    const request = postTo(receiver.url, { connections: 1, timeoutMs: 1_000 });
    const hangs = transport.post(request);
    const ends: string[] = [];
    const wait = (patienceMs: number) => async () =>
      ends.push(`${String(patienceMs)} ${(await transport.post({ ...request, patienceMs })).kind}`);
    await Promise.all([wait(50)(), wait(100)(), wait(0)()]);
    expect(ends).toEqual(['0 not_begun', '50 not_begun', '100 not_begun']);
    expect(await hangs).toMatchObject({ cause: 'timeout' });
    expect(receiver.sockets).toHaveLength(1);
  });

  test('are never more than allowed, even if every one of them fails', async () => {
    let open = 0;
    let most = 0;
    const receiver = await rawReceiver((socket) => {
      most = Math.max(most, ++open);
      socket.on('close', () => open--);
      setImmediate(() => socket.resetAndDestroy());
    });
    const transport = testTransport();
    const posts = Array.from({ length: 40 }, () => transport.post(postTo(receiver.url, { connections: 3 })));
    const outcomes = await Promise.all(posts);
    expect(outcomes.every((outcome) => outcome.kind === 'failed')).toBe(true);
    expect(most).toBeLessThanOrEqual(3);
    expect(receiver.sockets).toHaveLength(40);
  });

  test('are not shared between keys', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const transport = testTransport();
    await transport.post(postTo(receiver.url, { key: 'wbh_a' }));
    await transport.post(postTo(receiver.url, { key: 'wbh_b' }));
    expect(receiver.sockets).toHaveLength(2);
  });

  test('are opened anew when the settings of the key change, and the old ones closed', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const transport = testTransport();
    await transport.post(postTo(receiver.url, { connections: 2 }));
    const closing = closed(receiver.sockets[0]);
    await transport.post(postTo(receiver.url, { connections: 4 }));
    await closing;
    expect(receiver.sockets).toHaveLength(2);
  });

  test('that were replaced finish what they carry', async () => {
    let answer = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const receiver = await httpReceiver((request, response) => {
      if (request.url === '/slow') void arrived.then(() => response.end('slow'));
      else response.end('fast');
    });
    const transport = testTransport();
    const slow = transport.post(postTo(new URL('/slow', receiver.url), { connections: 2 }));
    expect(await transport.post(postTo(receiver.url, { connections: 4 }))).toMatchObject({ answer: 'fast' });
    answer();
    expect(await slow).toMatchObject({ answer: 'slow' });
  });

  test('of the key that was longest unused are closed when there are too many', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const transport = testTransport({ maxReceivers: 2 });
    await transport.post(postTo(receiver.url, { key: 'wbh_a' }));
    await transport.post(postTo(receiver.url, { key: 'wbh_b' }));
    await transport.post(postTo(receiver.url, { key: 'wbh_a' }));
    const closing = closed(receiver.sockets[1]);
    await transport.post(postTo(receiver.url, { key: 'wbh_c' }));
    await closing;
    await transport.post(postTo(receiver.url, { key: 'wbh_a' }));
    expect(receiver.sockets).toHaveLength(3);
  });

  test('of a key that is longest unused of those that carry nothing are closed, and busy ones are not', async () => {
    let answer = (): void => undefined;
    const receiver = await httpReceiver((request, response) => {
      if (request.url === '/slow') answer = () => response.end('slow');
      else response.end();
    });
    const transport = testTransport({ maxReceivers: 3 });
    const slow = transport.post(postTo(new URL('/slow', receiver.url), { key: 'wbh_busy' }));
    for (const key of ['wbh_a', 'wbh_b', 'wbh_a']) await transport.post(postTo(receiver.url, { key }));
    const ofB = receiver.sockets.at(-1);
    const closing = closed(ofB);
    await transport.post(postTo(receiver.url, { key: 'wbh_c' }));
    await closing;
    answer();
    expect(await slow).toMatchObject({ answer: 'slow' });
    await transport.post(postTo(receiver.url, { key: 'wbh_a' }));
    expect(receiver.sockets).toHaveLength(4);
  });
});

describe('a kept connection that the receiver closes', () => {
  test('between two posts costs no attempt', async () => {
    const receiver = await httpReceiver((_request, response) => response.end('ok'));
    const transport = testTransport();
    await transport.post(postTo(receiver.url));
    const closing = closed(receiver.sockets[0]);
    receiver.sockets[0]?.end();
    await closing;
    expect(await transport.post(postTo(receiver.url))).toMatchObject({ answer: 'ok' });
    expect(receiver.sockets).toHaveLength(2);
  });

  test.each<[string, (socket: Socket) => void]>([
    ['an end', (socket) => socket.end()],
    ['a reset', (socket) => socket.resetAndDestroy()],
  ])('with %s at the moment of the next post costs no attempt', async (_name, close) => {
    let requests = 0;
    const receiver = await httpReceiver((_request, response) => {
      requests++;
      response.end('ok');
    });
    const transport = testTransport();
    await transport.post(postTo(receiver.url));
    await transport.post(postTo(receiver.url));
    const socket = receiver.sockets[0];
    if (socket === undefined) throw new Error('There was no connection.');
    // From here the event loop looks at the network once before the transport writes.
    await new Promise(setImmediate);
    close(socket);
    expect(await transport.post(postTo(receiver.url))).toMatchObject({ answer: 'ok' });
    expect(requests).toBe(3);
  });

  test('right after every answer without having said so costs no attempt', async () => {
    const receiver = await rawReceiver((socket) => socket.end(OK));
    const transport = testTransport();
    for (let index = 0; index < 5; index++) {
      expect(await transport.post(postTo(receiver.url))).toMatchObject({ answer: 'ok' });
    }
    const together = Array.from({ length: 20 }, () =>
      transport.post(postTo(receiver.url, { connections: 2 })),
    );
    expect((await Promise.all(together)).filter((outcome) => outcome.kind === 'failed')).toEqual([]);
    expect(receiver.sockets).toHaveLength(25);
  });

  test('after a request was written costs an attempt and sends nothing twice', async () => {
    let requests = 0;
    const receiver = await rawReceiver((socket) => {
      requests++;
      socket.write(OK);
      socket.once('data', () => {
        requests++;
        socket.resetAndDestroy();
      });
    });
    const transport = testTransport();
    await transport.post(postTo(receiver.url));
    expect(await transport.post(postTo(receiver.url))).toMatchObject({
      kind: 'failed',
      cause: 'connection_reset',
    });
    expect(requests).toBe(2);
  });
});

describe('closing the transport', () => {
  test('waits for what is under way and refuses what comes after', async () => {
    const receiver = await httpReceiver((_request, response) => void setImmediate(() => response.end('ok')));
    const transport = testTransport();
    const posted = transport.post(postTo(receiver.url));
    const closing = transport.close();
    await expect(transport.post(postTo(receiver.url))).rejects.toThrow('closed');
    await closing;
    expect(await posted).toMatchObject({ answer: 'ok' });
    await closed(receiver.sockets[0]);
  });

  test('ends what outlasts the grace, sent or waiting, with a cause of its own', async () => {
    const receiver = await rawReceiver(() => undefined);
    const transport = testTransport();
    const posts = [1, 2].map(() => transport.post(postTo(receiver.url, { connections: 1 })));
    await transport.close(20);
    expect(await Promise.all(posts)).toMatchObject([{ cause: 'shut_down' }, { cause: 'shut_down' }]);
  });

  test('with nothing under way is done at once', async () => {
    const transport = testTransport();
    await transport.close();
    await transport[Symbol.asyncDispose]();
  });
});

function closed(socket: Socket | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (socket === undefined || socket.closed) return resolve();
    socket.once('close', () => resolve());
  });
}
