export type EmbeddedPostgresErrorCode =
  /** another Credence, or a PostgreSQL that this process cannot end, works on these files */
  | 'data_directory_in_use'
  /** the files exist, but the user that PostgreSQL must run under cannot get to them */
  | 'data_directory_unreachable'
  /** the files belong to a user that PostgreSQL cannot be run under from here */
  | 'data_directory_wrong_owner'
  /** something is at the cluster's place that is no PostgreSQL cluster */
  | 'not_a_cluster'
  /** the cluster was kept outside the data directory and is not there any more */
  | 'cluster_missing'
  /** the cluster was made by another major version than the binaries are */
  | 'wrong_version'
  | 'no_postgres_binaries'
  /** initdb needs a name for the uid, and none could be found */
  | 'unknown_user'
  | 'initdb_failed'
  | 'start_failed'
  | 'stop_failed'
  /** the short folder for the socket exists and is somebody else's */
  | 'socket_folder_unsafe'
  | 'unsupported_platform';

/** The one error of the embedded PostgreSQL. The message says what was wrong and what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The `code` of a system or PostgreSQL error ("ENOENT", "57P03"), when it has one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
