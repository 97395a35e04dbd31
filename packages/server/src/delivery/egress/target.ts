import { isIP } from 'node:net';
import { failed, resolveFailure, type Result } from './failure.ts';
import { addressVerdict, type EgressPolicy } from './guard.ts';
import type { ResolveName } from './resolver.ts';
import { isBound, localAddressFor, type Source } from './sources.ts';
import { hostOf, portOf, portProblem } from './url.ts';

/** Where a connection goes. */
export interface Target {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  /** What to bind to; a region has its own. */
  readonly source: Source;
}

export function targetOf(url: URL, source: Source): Result<Target> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return failed(
      'guard',
      'scheme_refused',
      `The scheme ${url.protocol} is not allowed: https or http is expected.`,
    );
  }
  const port = portOf(url);
  const problem = portProblem(port);
  if (problem !== undefined) return failed('guard', 'port_refused', problem);
  if (url.username !== '' || url.password !== '') {
    return failed('guard', 'user_info_refused', 'The URL has a user name or password.');
  }
  return { ok: true, value: { isTls: url.protocol === 'https:', host: hostOf(url), port, source } };
}

/**
 * The addresses of the target, once every one of them has passed the guard: one refused address refuses the target,
 * or a name could hide it among public ones. Who connects must use these and not look the name up again.
 */
export async function checkedAddresses(
  target: Target,
  resolve: ResolveName,
  policy: EgressPolicy,
): Promise<Result<readonly string[]>> {
  const found = await addressesOf(target.host, resolve);
  if (!found.ok) return found;
  for (const address of found.value) {
    const verdict = addressVerdict(address, policy);
    if (verdict.allowed) continue;
    const kind = verdict.reason.replaceAll('_', ' ');
    return failed(
      'guard',
      'address_refused',
      `${target.host} has the address ${address}, which is not allowed: ${kind}.`,
    );
  }
  return reachableFrom(target, found.value);
}

async function addressesOf(host: string, resolve: ResolveName): Promise<Result<readonly string[]>> {
  if (isIP(host) !== 0) return { ok: true, value: [host] };
  try {
    const addresses = await resolve(host);
    if (addresses.length > 0) return { ok: true, value: addresses };
    return failed('resolve', 'name_not_found', `The name ${host} has no address.`);
  } catch (error) {
    return { ok: false, failure: resolveFailure(error, host) };
  }
}

/** A socket that is bound to an IPv4 address cannot reach an IPv6 address, nor the other way round. */
function reachableFrom(target: Target, addresses: readonly string[]): Result<readonly string[]> {
  const { host, source } = target;
  if (!isBound(source)) return { ok: true, value: addresses };
  const reachable = addresses.filter((address) => localAddressFor(source, address) !== undefined);
  if (reachable.length > 0) return { ok: true, value: reachable };
  const [has, sends] = source.ipv4 === undefined ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4'];
  const detail = `${host} has ${has} addresses only, and the region of the webhook sends from ${sends} only.`;
  return failed('connect', 'address_family_mismatch', detail);
}
