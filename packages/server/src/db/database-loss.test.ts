import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openDatabase } from './database.ts';

test('a connection that ends in the packet that opened it fails its transaction, and nothing else', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // As PostgreSQL does that is killed at this moment: authenticated, ready, gone.
    socket.once('data', () => socket.end(Buffer.concat([authenticated, ready, gone])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const lost: Error[] = [];
  const db = openDatabase({
    connection: { host: '127.0.0.1', port, user: 'nobody', database: 'nothing' },
    connections: 1,
    applicationName: 'credence-test',
    onError: (error) => lost.push(error),
  });
  for (const _ of [1, 2, 3]) await expect(db.transaction(() => Promise.resolve())).rejects.toThrow();
  await expect(db.query({ name: 'one', text: 'select 1' })).rejects.toThrow();
  await db.close();
  server.close();
});

const authenticated = message('R', Buffer.from([0, 0, 0, 0]));
const ready = message('Z', Buffer.from('I'));
const gone = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'),
);

function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}
