import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connectFailure, failed, type Result } from './failure.ts';
import { localAddressFor } from './sources.ts';
import type { Target } from './target.ts';

/** More would only cut the time of each. */
export const MAX_ADDRESSES_TRIED = 4;

/** Answers are smaller; what is larger comes in pieces. */
const READ_BYTES = 65_536;

/** Sockets that are read in place share it: the bytes of one are looked at before another is read. */
const place = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * How the bytes of a socket come. `in_place`: each `data` event has them in memory that is used again once its
 * listeners have returned. That spares memory, a stream and their garbage for each answer, some 10 µs; nothing else
 * than `data` and `end` can be used to read then.
 */
export type Reading = 'in_place' | 'stream';

/** How long an idle connection is silent before the kernel probes whether the other end still exists. */
const KEEP_ALIVE_PROBE_MS = 60_000;

export interface TimeLeft {
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal;
  remainingMs(): number;
}

/**
 * Tries addresses in turn. Each gets an equal share of the time that is left, with one more share kept for what comes
 * after connecting, so that a silent first address cannot use up the attempt.
 */
export async function connectInTurn(
  target: Target,
  addresses: readonly string[],
  time: TimeLeft,
  reading: Reading = 'stream',
): Promise<Result<Socket>> {
  const tried = addresses.slice(0, MAX_ADDRESSES_TRIED);
  let result: Result<Socket> = failed('connect', 'connect_failed', `${target.host} has no address.`);
  for (const [index, address] of tried.entries()) {
    const shares = tried.length - index === 1 ? 1 : tried.length - index + 1;
    const limitMs = time.remainingMs() / shares;
    result = await connectTo(target, address, reading, { limitMs, signal: time.signal });
    if (result.ok || time.signal.aborted) return result;
  }
  return result;
}

function connectTo(
  target: Target,
  address: string,
  reading: Reading,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<Result<Socket>> {
  const { port } = target;
  const localAddress = localAddressFor(target.source, address);
  return new Promise((settle) => {
    const socket = openSocket(address, port, localAddress, reading);
    if (!socket.ok) return settle(socket);
    const giveUp = (): void => {
      socket.value.destroy();
      finish(failed('connect', 'timeout', `No connection to ${address} port ${port} within the time.`));
    };
    const timer = setTimeout(giveUp, Math.max(limitMs, 1));
    signal.addEventListener('abort', giveUp, { once: true });
    const finish = (result: Result<Socket>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      settle(result);
    };
    // The listener for errors stays: a socket without one would end the process.
    socket.value.on('error', (error) => finish({ ok: false, failure: connectFailure(error, address, port) }));
    socket.value.once('connect', () => finish(socket));
  });
}

/** Throws inside Node.js, such as for a source address that is none, become failures as well. */
function openSocket(
  host: string,
  port: number,
  localAddress: string | undefined,
  reading: Reading,
): Result<Socket> {
  try {
    const source = localAddress === undefined ? {} : { localAddress };
    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
      ...source,
      ...(reading === 'in_place' ? { onread: inPlace(() => socket) } : {}),
    });
    return { ok: true, value: socket };
  } catch (error) {
    return { ok: false, failure: connectFailure(error, host, port) };
  }
}

function inPlace(socketOf: () => Socket): OnReadOpts {
  return { buffer: place, callback: (length) => socketOf().emit('data', place.subarray(0, length)) };
}
