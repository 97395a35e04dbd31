import { connect, type Socket } from 'node:net';
import { connectFailure, failed, type Result } from './failure.ts';
import { localAddressFor } from './sources.ts';
import type { Target } from './target.ts';

/** More would only cut the time of each. */
export const MAX_ADDRESSES_TRIED = 4;

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
): Promise<Result<Socket>> {
  const tried = addresses.slice(0, MAX_ADDRESSES_TRIED);
  let result: Result<Socket> = failed('connect', 'connect_failed', `${target.host} has no address.`);
  for (const [index, address] of tried.entries()) {
    const shares = tried.length - index === 1 ? 1 : tried.length - index + 1;
    result = await connectTo(target, address, time.remainingMs() / shares, time.signal);
    if (result.ok || time.signal.aborted) return result;
  }
  return result;
}

function connectTo(
  target: Target,
  address: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<Result<Socket>> {
  const { port } = target;
  const localAddress = localAddressFor(target.source, address);
  return new Promise((settle) => {
    const socket = openSocket(address, port, localAddress);
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
function openSocket(host: string, port: number, localAddress: string | undefined): Result<Socket> {
  try {
    const source = localAddress === undefined ? {} : { localAddress };
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
      ...source,
    });
    return { ok: true, value: socket };
  } catch (error) {
    return { ok: false, failure: connectFailure(error, host, port) };
  }
}
