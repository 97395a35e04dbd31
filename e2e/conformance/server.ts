import { createHash } from 'node:crypto';
import { readConfig } from '@credence/server';
import { permissions } from '@credence/server/internals/access/permissions';
import { systemClock } from '@credence/server/internals/clock';
import { openDatabase, type Database } from '@credence/server/internals/db/database';
import { insertApiKey } from '@credence/server/internals/db/queries/api-keys';
import {
  findEnvironment,
  findFirstOrganization,
  type EnvironmentKind,
} from '@credence/server/internals/db/queries/tenants';
import { idMaker, randomBase58 } from '@credence/server/internals/id';
import { createLog } from '@credence/server/internals/observe/log';
import { startServer, type RunningServer } from '@credence/server/internals/server';
import { strictGuard } from '@credence/server/internals/testing/strict-guard';

export interface Key {
  readonly id: string;
  readonly value: string;
}

/** The real server, with a socket and a database of its own, in this process. */
export interface ServerUnderTest extends AsyncDisposable {
  readonly running: RunningServer;
  makeKey(key: KeyRequest): Promise<Key>;
}

export interface KeyRequest {
  readonly kind: EnvironmentKind;
  /** Left out: everything. */
  readonly permissions?: readonly string[];
  readonly disclosed?: readonly string[];
}

export interface Premises {
  /** An empty folder. */
  readonly dataDir: string;
  /** Makes an empty or a migrated database, and returns its URL. */
  readonly createDatabase: () => Promise<string>;
}

export async function startUnderTest(
  { dataDir, createDatabase }: Premises,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerUnderTest> {
  const databaseUrl = await createDatabase();
  const config = readConfig({
    PORT: '0',
    CREDENCE_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    CREDENCE_MASTER_KEY: '0123456789abcdef'.repeat(4),
    ...settings,
  });
  const running = await startServer(config, {
    // What the server answers with 500 is in the report; why, is in its log.
    log: createLog(process.env['CREDENCE_LOG_LEVEL'] ?? 'silent'),
    // What no route declares is a 500 here, so that Persona's document and our own agree in all that is lived through.
    guard: strictGuard,
  });
  const db = openDatabase({
    connection: { connectionString: databaseUrl },
    connections: 1,
    applicationName: 'credence-conformance',
    onError: () => undefined,
  });
  return {
    running,
    makeKey: (request) => insertKey(db, request),
    async [Symbol.asyncDispose]() {
      await running.stop();
      await db.close();
    },
  };
}

/** Past the API, which makes no key that may do more than the one that asks. */
async function insertKey(db: Database, request: KeyRequest): Promise<Key> {
  const organizationId = await findFirstOrganization(db);
  const environmentId = organizationId && (await findEnvironment(db, organizationId, request.kind));
  if (!environmentId) throw new Error('The first start made no environment.');
  const value = `persona_${request.kind}_${randomBase58(40)}`;
  const createdAt = new Date(systemClock().nowMs());
  const id = idMaker()('api-key', createdAt.getTime());
  await insertApiKey(db, {
    environmentId,
    id,
    name: 'conformance',
    note: null,
    apiVersion: '2025-12-08',
    keyInflection: 'kebab',
    attributesBlocklist: [],
    permissions: request.permissions ?? permissions,
    ipAddressAllowlist: ['*'],
    fileAccessTokenSeconds: 21_600,
    valueSha256: createHash('sha256').update(value).digest(),
    disclosedAttributes: request.disclosed ?? [],
    expiresAt: null,
    createdAt,
  });
  return { id, value };
}
