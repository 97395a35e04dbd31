import { createKey } from '../../packages/server/src/access/bootstrap.ts';
import { systemClock } from '../../packages/server/src/clock.ts';
import { openDatabase } from '../../packages/server/src/db/database.ts';
import { idMaker } from '../../packages/server/src/id.ts';
import type { DataDir } from './data-dir.ts';

/** Makes a sandbox key that discloses what the patterns name, as an operator's command would. Returns its value. */
export async function createDisclosingKey(
  dataDir: DataDir,
  disclosedAttributes: readonly string[],
): Promise<string> {
  await using db = openDatabase({
    connection: await dataDir.connection(),
    connections: 1,
    applicationName: 'e2e',
    onError: () => undefined,
  });
  const key = { kind: 'sandbox', name: 'e2e', disclosedAttributes } as const;
  return await createKey({ db, clock: systemClock(), ids: idMaker() }, key);
}
