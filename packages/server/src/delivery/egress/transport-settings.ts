import { parseCidrs } from '../../cidr.ts';
import type { EgressPolicy } from './guard.ts';
import type { Proxy } from './proxy.ts';
import { Transport } from './transport.ts';

/** What a transport is made from, as plain data: it may be made in another thread. */
export interface TransportSettings {
  /** Addresses and CIDRs that may be reached although they are not public. */
  readonly allow: readonly string[];
  readonly allowLoopback: boolean;
  /** PEM certificates that are trusted besides the public ones. */
  readonly extraCa?: string;
  readonly proxy?: Proxy;
}

/** Throws where an address of `allow` is none. */
export function policyOf({ allow, allowLoopback }: TransportSettings): EgressPolicy {
  const parsed = parseCidrs(allow.join(','));
  if ('problem' in parsed) throw new Error(`CREDENCE_EGRESS_ALLOW: ${parsed.problem}`);
  return { allowedCidrs: parsed.cidrs, allowLoopback };
}

export function openTransport(settings: TransportSettings): Transport {
  const { extraCa, proxy } = settings;
  return new Transport({
    policy: policyOf(settings),
    ...(extraCa === undefined ? {} : { extraCa }),
    ...(proxy === undefined ? {} : { proxy }),
  });
}
