import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a node and its database, and swallows every byte when it is told to: no reset, no end. */
export interface FreezingProxy extends AsyncDisposable {
  /** The connection string that leads through it. */
  readonly url: string;
  freeze(): void;
  /** What was swallowed stays lost: connections from before break, new ones work. */
  thaw(): void;
}

export async function startFreezingProxy(databaseUrl: string): Promise<FreezingProxy> {
  // A URL needs a host; one that names a folder of sockets has none.
  const target = new URL(databaseUrl.replace('@/', '@localhost/'));
  const socketFolder = target.searchParams.get('host');
  const port = Number(target.searchParams.get('port') ?? (target.port === '' ? 5432 : target.port));
  const toDatabase = (): Socket =>
    socketFolder === null
      ? connect(port, target.hostname)
      : connect(`${socketFolder}/.s.PGSQL.${String(port)}`);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isFrozen = false;

  const server = createServer((client) => {
    const database = toDatabase();
    const pair = [client, database] as const;
    pairs.add(pair);
    const join = (from: Socket, to: Socket): void => {
      from.on('data', (bytes) => {
        if (!isFrozen) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!isFrozen) to.destroy();
        pairs.delete(pair);
      });
    };
    join(client, database);
    join(database, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  for (const name of ['host', 'port']) url.searchParams.delete(name);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const breakAll = (): void => {
    for (const sockets of pairs) for (const socket of sockets) socket.destroy();
    pairs.clear();
  };
  return {
    url: url.href,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      breakAll();
      isFrozen = false;
    },
    async [Symbol.asyncDispose]() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
