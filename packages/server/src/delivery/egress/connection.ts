import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { AttemptStage } from '../outcome.ts';
import { tlsFailure, type Result } from './failure.ts';
import type { EgressPolicy } from './guard.ts';
import { orAborted } from './or-aborted.ts';
import type { Proxy } from './proxy.ts';
import type { ResolveName } from './resolver.ts';
import { checkedAddresses, type Target } from './target.ts';
import { connectInTurn, type TimeLeft } from './tcp.ts';
import { secureSocket, type SessionSlot } from './tls.ts';
import { tunnelInTurn } from './tunnel.ts';

/** What all connections of a process share. */
export interface EgressMeans {
  readonly policy: EgressPolicy;
  readonly resolve: ResolveName;
  readonly context: SecureContext;
  /** Where connections go through instead of straight to the receiver. */
  readonly proxy: Proxy | undefined;
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
  const socket = await reach(target, means, addresses.value, watch);
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

function reach(
  target: Target,
  { proxy, resolve }: EgressMeans,
  addresses: readonly string[],
  watch: ConnectionWatch,
): Promise<Result<Socket>> {
  watch.enter(proxy === undefined ? 'connect' : 'proxy');
  // TLS and what asks for a tunnel read the socket themselves.
  const reading = target.isTls ? 'stream' : 'in_place';
  if (proxy === undefined) return connectInTurn(target, addresses, watch, reading);
  return tunnelInTurn({ proxy, resolve, target, addresses, time: watch });
}
