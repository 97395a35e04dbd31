/** For a machine with 2 cores and 1 to 4 GB that Node.js shares. */
const DEFAULTS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  maintenance_work_mem: '128MB',
  random_page_cost: '1.1',

  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  min_wal_size: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',

  // Short statements on two cores: compiling and parallel workers cost more than they bring, and the shared
  // memory of parallel workers does not fit the 64 MB that Docker gives by default.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  autovacuum_naptime: '15s',

  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // Personal data stays out of the log: no statement, no DETAIL ("Key (email)=(…) already exists"), and not the
  // errors of statements at all; Credence gets those itself.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

interface Place {
  readonly cluster: string;
  readonly socketFolder: string;
  readonly port: number;
}

/** The command line of the postmaster: on it, settings win over every file and over `alter system`. */
export function postgresArguments(place: Place, extra: Readonly<Record<string, string>>): readonly string[] {
  const settings = {
    ...DEFAULTS,
    ...extra,
    // It is a list: quoted, a comma in the path does not part it.
    unix_socket_directories: `"${place.socketFolder.replaceAll('"', '""')}"`,
    port: String(place.port),
  };
  return [
    '-D',
    place.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
