import { isIP, type Socket } from 'node:net';
import { failed, type Result } from './failure.ts';
import { orAborted } from './or-aborted.ts';
import type { Proxy } from './proxy.ts';
import type { ResolveName } from './resolver.ts';
import type { Target } from './target.ts';
import { connectInTurn, MAX_ADDRESSES_TRIED, type TimeLeft } from './tcp.ts';
import { askForTunnel } from './tunnel-reply.ts';

export interface TunnelParts {
  readonly proxy: Proxy;
  readonly resolve: ResolveName;
  readonly target: Target;
  /** Checked by the guard. The proxy is told these and never the name, or it could look up another. */
  readonly addresses: readonly string[];
  readonly time: TimeLeft;
}

/**
 * Opens a tunnel to one of the addresses. Each gets an equal share of the time that is left, with one more kept for
 * what comes after. Another address is tried only where the proxy refused the one before: whatever else goes wrong
 * with the proxy goes wrong with the next address, too.
 */
export async function tunnelInTurn({
  proxy,
  resolve,
  target,
  addresses,
  time,
}: TunnelParts): Promise<Result<Socket>> {
  const found = await orAborted(addressesOf(proxy, resolve), time.signal);
  if (!found.ok) return found;
  const tried = addresses.slice(0, MAX_ADDRESSES_TRIED);
  let result: Result<Socket> = failed('proxy', 'proxy_refused', `${target.host} has no address.`);
  for (const [index, address] of tried.entries()) {
    const shares = tried.length - index === 1 ? 1 : tried.length - index + 1;
    const deadlineMs = time.remainingMs() * (1 - 1 / shares);
    const share = { signal: time.signal, remainingMs: () => time.remainingMs() - deadlineMs };
    result = await tunnelTo(proxy, found.value, { address, port: target.port }, share);
    if (result.ok || time.signal.aborted || result.failure.cause !== 'proxy_refused') return result;
  }
  return result;
}

async function tunnelTo(
  proxy: Proxy,
  proxyAddresses: readonly string[],
  { address, port }: { readonly address: string; readonly port: number },
  time: TimeLeft,
): Promise<Result<Socket>> {
  const hop = { isTls: false, host: proxy.host, port: proxy.port, source: {} };
  const socket = await connectInTurn(hop, proxyAddresses, time);
  if (!socket.ok) {
    return failed(
      'proxy',
      'proxy_unreachable',
      `The egress proxy cannot be reached: ${socket.failure.detail}`,
    );
  }
  const authority = `${isIP(address) === 6 ? `[${address}]` : address}:${String(port)}`;
  return askForTunnel(socket.value, authority, proxy.authorization, time);
}

/** The operator names the proxy: its addresses are not guarded. */
async function addressesOf({ host }: Proxy, resolve: ResolveName): Promise<Result<readonly string[]>> {
  if (isIP(host) !== 0) return { ok: true, value: [host] };
  try {
    const value = await resolve(host);
    if (value.length > 0) return { ok: true, value };
  } catch {
    // Said below.
  }
  return failed('proxy', 'proxy_unreachable', `The name of the egress proxy, ${host}, cannot be resolved.`);
}
