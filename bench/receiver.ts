import { createServer, type Socket } from 'node:net';

/**
 * The cheapest receiver that still is one: counts POSTs on keep-alive connections and answers 200. Run as a
 * process of its own; says its port, and its count whenever it is asked.
 */
let count = 0;
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const headEnd = Buffer.from('\r\n\r\n');

const server = createServer((socket) => {
  socket.setNoDelay(true);
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = consume(socket, rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
  });
  socket.on('error', () => socket.destroy());
});

/** Answers every whole request in `data` and returns what is left. */
function consume(socket: Socket, data: Buffer): Buffer {
  let start = 0;
  for (;;) {
    const end = data.indexOf(headEnd, start);
    if (end === -1) return data.subarray(start);
    const head = data.toString('latin1', start, end);
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const next = end + headEnd.length + length;
    if (data.length < next) return data.subarray(start);
    count += 1;
    socket.write(answer);
    start = next;
  }
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
process.on('message', () => process.send?.({ count }));
process.on('disconnect', () => process.exit(0));
