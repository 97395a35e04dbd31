import { ConfigError, type Config } from './config.ts';
import { readCaFile } from './delivery/egress/ca-file.ts';
import { sourceProblems } from './delivery/egress/check-sources.ts';
import type { EgressPolicy } from './delivery/egress/guard.ts';
import { createSources, type Sources } from './delivery/egress/sources.ts';
import type { PostTransport } from './delivery/egress/transport.ts';
import { openTransport, policyOf, type TransportSettings } from './delivery/egress/transport-settings.ts';

/** What the way out of this node is made of. */
export interface Egress {
  readonly policy: EgressPolicy;
  readonly transport: PostTransport;
  readonly sources: Sources;
}

export type OpenTransport = (settings: TransportSettings) => PostTransport;

/** Opens the way out. Throws `ConfigError` where this machine is not what the configuration says of it. */
export async function openEgress(config: Config, open: OpenTransport = openTransport): Promise<Egress> {
  const problems = await sourceProblems(config.egressServed);
  const ca = config.egressCaFile === undefined ? { pem: undefined } : await readCaFile(config.egressCaFile);
  if ('problem' in ca) problems.push(`CREDENCE_EGRESS_CA_FILE ${ca.problem}`);
  if (problems.length > 0) throw new ConfigError(problems);
  const settings: TransportSettings = {
    allow: config.egressAllow,
    allowLoopback: config.allowLoopback,
    ...('problem' in ca || ca.pem === undefined ? {} : { extraCa: ca.pem }),
    ...(config.egressProxy === undefined ? {} : { proxy: config.egressProxy }),
  };
  const policy = policyOf(settings);
  return { policy, transport: open(settings), sources: createSources(config.egressServed) };
}
