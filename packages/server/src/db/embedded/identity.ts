import { userInfo } from 'node:os';
import { EmbeddedPostgresError } from './error.ts';

/** The uid and gid that initdb and postgres run under. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** True when it is not the one this process has: children must be switched to it. */
  readonly isSwitched: boolean;
}

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom root runs PostgreSQL as, best first. A user made for Credence; then the system's own user for databases
 * (macOS spells it `_postgres`), because whoever can act as it is trusted with databases already; `nobody` last,
 * because unrelated daemons share it and every one of them could read the cluster.
 */
const SERVICE_ACCOUNTS = ['credence', 'postgres', '_postgres', 'nobody'];

export function parsePasswd(text: string): readonly Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** The user of a new cluster: ourselves, or, as PostgreSQL refuses root, the best service account. */
export function chooseIdentity(
  self: { readonly uid: number; readonly gid: number },
  passwd: string,
): Identity {
  if (self.uid !== 0) return { ...self, isSwitched: false };
  const accounts = parsePasswd(passwd).filter((account) => account.uid !== 0);
  for (const name of SERVICE_ACCOUNTS) {
    const account = accounts.find((candidate) => candidate.name === name);
    if (account !== undefined) return { uid: account.uid, gid: account.gid, isSwitched: true };
  }
  throw new EmbeddedPostgresError(
    'unknown_user',
    `PostgreSQL refuses to run as root, and /etc/passwd has none of the users ${SERVICE_ACCOUNTS.join(', ')} ` +
      'to run it under. Add one (useradd --system credence), run Credence as an ordinary user, ' +
      'or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** What `spawn` needs to start a child as this user. Supplementary groups of root are dropped by libuv. */
export function spawnAs(identity: Identity): { uid?: number; gid?: number } {
  return identity.isSwitched ? { uid: identity.uid, gid: identity.gid } : {};
}

/** initdb asks the system for the name of its uid and refuses when there is none (`docker run --user 12345`). */
export function ownUidHasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false; // ENOENT: no passwd entry
  }
}
