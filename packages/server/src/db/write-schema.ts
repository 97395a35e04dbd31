import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOrVerify } from '../generated-file.ts';
import { openDatabase } from './database.ts';
import { dumpSchema } from './dump-schema.ts';
import { startEmbeddedPostgres } from './embedded.ts';
import { migrate } from './migrate.ts';

/** `npm run schema`: writes schema.sql; with `--verify`, fails when the committed one is stale. */
const file = new URL('../../schema.sql', import.meta.url);

/** A PostgreSQL that lives for this moment, so without a care for the disk. */
async function freshSchema(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-schema-'));
  try {
    await using postgres = await startEmbeddedPostgres({
      dataDir,
      log: () => undefined,
      settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '32MB' },
    });
    await using db = openDatabase({
      connection: postgres.connection,
      connections: 2,
      applicationName: 'credence schema',
      onError: () => undefined,
    });
    await migrate(db);
    return await dumpSchema(db);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

await writeOrVerify({ file, text: await freshSchema(), command: 'npm run schema' });
