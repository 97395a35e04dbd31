import type { ClusterLock } from './lock.ts';
import type { Postmaster } from './postmaster.ts';

/** A server that runs and is ours. */
export interface OpenCluster {
  readonly postmaster: Postmaster;
  readonly lock: ClusterLock;
  readonly host: string;
  readonly port: number;
  readonly attached: boolean;
}

export type Step = { readonly kind: 'open'; readonly open: OpenCluster } | NotYet;

export interface NotYet {
  readonly kind: 'not_yet';
  readonly code: 'data_directory_in_use' | 'start_failed';
  readonly reason: string;
  /** True while a server says of itself that it starts or stops: that can take as long as its recovery. */
  readonly isProgressing: boolean;
}
