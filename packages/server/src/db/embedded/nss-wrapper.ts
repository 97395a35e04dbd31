import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './error.ts';
import { expandGlob } from './glob.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';

/**
 * initdb looks its uid up and refuses when it has no name (`docker run --user 12345`). Gives `run` an environment
 * in which it has one, by libnss_wrapper. Only initdb asks; the server itself does not.
 */
export async function withNamedUid<T>(
  host: Host,
  identity: Identity,
  run: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  if (identity.isSwitched || host.uidHasName) return run({});
  const [library] = (await Promise.all(host.nssWrappers.map(expandGlob))).flat();
  if (library === undefined) throw nameless(identity.uid);
  const folder = await mkdtemp(join(tmpdir(), 'credence-nss-'));
  try {
    const [passwd, group] = [join(folder, 'passwd'), join(folder, 'group')];
    await writeFile(passwd, `credence:x:${identity.uid}:${identity.gid}:Credence:/:/bin/false\n`);
    await writeFile(group, `credence:x:${identity.gid}:\n`);
    return await run({ LD_PRELOAD: library, NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function nameless(uid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'unknown_user',
    `Credence runs as uid ${uid}, which has no entry in /etc/passwd, and PostgreSQL's initdb refuses such a user. ` +
      `Add an entry (credence:x:${uid}:…), install libnss-wrapper, run as a user that has a name, ` +
      'or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
