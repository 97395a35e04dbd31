import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { AttemptStage } from '../outcome.ts';
import { failed, tlsFailure, type Result } from './failure.ts';
import type { EgressPolicy } from './guard.ts';
import type { ResolveName } from './resolver.ts';
import { checkedAddresses, type Target } from './target.ts';
import { connectInTurn, type TimeLeft } from './tcp.ts';
import { secureSocket, type SessionSlot } from './tls.ts';

/** What all connections of a process share. */
export interface EgressMeans {
  readonly policy: EgressPolicy;
  readonly resolve: ResolveName;
  readonly context: SecureContext;
}

/** The attempt that needs the connection: it keeps the time and is told how far the connection has come. */
export interface ConnectionWatch extends TimeLeft {
  enter(stage: AttemptStage): void;
}

/** Resolves, checks every address, connects to one that was checked, and secures the connection. */
export async function openConnection(
  target: Target,
  means: EgressMeans,
  slot: SessionSlot,
  watch: ConnectionWatch,
): Promise<Result<Socket>> {
  watch.enter(isIP(target.host) === 0 ? 'resolve' : 'guard');
  const addresses = await orAborted(checkedAddresses(target, means.resolve, means.policy), watch.signal);
  if (!addresses.ok) return addresses;
  watch.enter('connect');
  const socket = await connectInTurn(target, addresses.value, watch);
  if (!socket.ok || !target.isTls) return socket;
  watch.enter('tls');
  try {
    return await secureSocket(socket.value, {
      host: target.host,
      context: means.context,
      slot,
      signal: watch.signal,
    });
  } catch (error) {
    // Node.js throws for a name that it cannot put into the handshake.
    socket.value.destroy();
    return { ok: false, failure: tlsFailure(error, false) };
  }
}

/** A look-up cannot be cancelled; it can be left behind. */
function orAborted<T>(work: Promise<Result<T>>, signal: AbortSignal): Promise<Result<T>> {
  return new Promise((settle, reject) => {
    const leave = (): void => settle(failed('resolve', 'timeout', 'No address within the time.'));
    signal.addEventListener('abort', leave, { once: true });
    work.then(settle, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
