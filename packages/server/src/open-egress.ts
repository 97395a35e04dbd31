import { ConfigError, type Config } from './config.ts';
import { readCaFile } from './delivery/egress/ca-file.ts';
import { sourceProblems } from './delivery/egress/check-sources.ts';
import { parseCidrs } from './cidr.ts';
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
  const ca = config.egressCaFile === undefined ? { pem: undefined } : await readCaFile(config.egressCaFile);
  if ('problem' in ca) problems.push(`CREDENCE_EGRESS_CA_FILE ${ca.problem}`);
  if (problems.length > 0) throw new ConfigError(problems);
  const policy = { allowedCidrs: allowedCidrs(config), allowLoopback: config.allowLoopback };
  const transport = new Transport({
    policy,
    ...('problem' in ca || ca.pem === undefined ? {} : { extraCa: ca.pem }),
    ...(config.egressProxy === undefined ? {} : { proxy: config.egressProxy }),
  });
  return { policy, transport, sources: createSources(config.egressServed) };
}

function allowedCidrs(config: Config): EgressPolicy['allowedCidrs'] {
  const parsed = parseCidrs(config.egressAllow.join(','));
  if ('problem' in parsed) throw new Error(`CREDENCE_EGRESS_ALLOW: ${parsed.problem}`);
  return parsed.cidrs;
}
