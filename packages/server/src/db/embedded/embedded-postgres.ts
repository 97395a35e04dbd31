/** "noun.verb" and what belongs to it. */
export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

export interface EmbeddedPostgresOptions {
  /** Credence's data directory; the cluster goes to `<dataDir>/postgres`. */
  readonly dataDir: string;
  readonly log: Log;
  /** Called once if the postmaster dies, or is lost to another process, while nobody asked for it. */
  readonly onUnexpectedExit?: (reason: string) => void;
  /** Extra PostgreSQL settings; they win over ours. Not applied to a postmaster that is attached to. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default `process.env`. `PG_BIN` and `PATH` are read from it. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For `pg`: host is the folder of the unix socket. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** `server_version`, e.g. "18.4". */
  readonly version: string;
  /** Where the cluster's files are: `<dataDir>/postgres`, or a place that PostgreSQL's user can get to. */
  readonly location: string;
  /** True when a postmaster left behind by a killed process was found running and was taken over. */
  readonly attached: boolean;
  /** Fast shutdown; resolves when the postmaster is gone, attached or not. Idempotent. */
  stop(): Promise<void>;
}
