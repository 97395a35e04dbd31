import { ConfigError, type Config } from './config.ts';
import { sourceProblems } from './delivery/egress/check-sources.ts';
import { parseCidrs } from './delivery/egress/cidr.ts';
import type { EgressPolicy } from './delivery/egress/guard.ts';
import { createSources, type Sources } from './delivery/egress/sources.ts';
import { Transport } from './delivery/egress/transport.ts';

/** What the way out of this node is made of. */
export interface Egress {
  readonly policy: EgressPolicy;
  readonly transport: Transport;
  readonly sources: Sources;
}

/** Opens the way out. Throws `ConfigError` where this machine is not what the configuration says of it. */
export async function openEgress(config: Config): Promise<Egress> {
  const problems = await sourceProblems(config.egressServed);
  if (problems.length > 0) throw new ConfigError(problems);
  const policy = { allowedCidrs: allowedCidrs(config), allowLoopback: config.allowLoopback };
  return { policy, transport: new Transport({ policy }), sources: createSources(config.egressServed) };
}

function allowedCidrs(config: Config): EgressPolicy['allowedCidrs'] {
  const parsed = parseCidrs(config.egressAllow.join(','));
  if ('problem' in parsed) throw new Error(`CREDENCE_EGRESS_ALLOW: ${parsed.problem}`);
  return parsed.cidrs;
}
