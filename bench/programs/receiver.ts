import { createServer, type Socket } from 'node:net';
import { machineMs } from '../harness/time.ts';

/**
 * The cheapest receiver that still is one: counts POSTs on keep-alive connections and answers 200. `/timed` and
 * `/moody` also remember when each event came, and while it is told to hang, `/moody` is never answered. Run as a
 * process of its own; says its port, and then answers questions.
 */
export type ReceiverQuestion =
  /** Answered with `Reached` once so many were counted in all, or when nothing has come for `patienceMs`. */
  | { readonly kind: 'reach'; readonly count: number; readonly patienceMs: number }
  | { readonly kind: 'count' }
  /** Answered with `Arrivals`, which it then forgets. */
  | { readonly kind: 'arrivals' }
  | { readonly kind: 'hang'; readonly isHanging: boolean };

export interface Reached {
  readonly count: number;
  /** When the last one came, by the machine's clock. */
  readonly atMs: number;
}

export type Arrivals = readonly (readonly [eventId: string, atMs: number])[];

let count = 0;
let lastMs = machineMs();
let isHanging = false;
let goal: { readonly count: number; readonly patience: NodeJS.Timeout } | undefined;
let arrivals: [string, number][] = [];

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
    const bodyStart = end + headEnd.length;
    const next = bodyStart + length;
    if (data.length < next) return data.subarray(start);
    take(socket, head, data, bodyStart);
    start = next;
  }
}

function take(socket: Socket, head: string, data: Buffer, bodyStart: number): void {
  const isMoody = head.startsWith('POST /moody');
  if (isMoody && isHanging) return;
  lastMs = machineMs();
  if (isMoody || head.startsWith('POST /timed')) {
    const id = /"id":"(evt_\w+)"/.exec(data.toString('latin1', bodyStart, bodyStart + 200))?.[1];
    if (id !== undefined) arrivals.push([id, lastMs]);
  }
  socket.write(answer);
  count += 1;
  if (goal !== undefined && count >= goal.count) reached();
}

function reached(): void {
  clearTimeout(goal?.patience);
  goal = undefined;
  process.send?.({ count, atMs: lastMs } satisfies Reached);
}

function waitFor(wanted: number, patienceMs: number): void {
  const look = (): void => {
    if (machineMs() - lastMs > patienceMs) reached();
    else goal = { count: wanted, patience: setTimeout(look, 500) };
  };
  lastMs = Math.max(lastMs, machineMs());
  goal = { count: wanted, patience: setTimeout(look, 500) };
}

process.on('message', (question: ReceiverQuestion) => {
  switch (question.kind) {
    case 'reach':
      if (count >= question.count) reached();
      else waitFor(question.count, question.patienceMs);
      break;
    case 'count':
      reached();
      break;
    case 'arrivals':
      process.send?.(arrivals satisfies Arrivals);
      arrivals = [];
      break;
    case 'hang':
      isHanging = question.isHanging;
      process.send?.({});
      break;
  }
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
