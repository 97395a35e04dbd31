import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../db/database.ts';
import { startEmbeddedPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { createPartitions } from '../db/partitions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's own database, from which others are made. */
    adminUrl: string;
    /** A migrated database, to be cloned. */
    templateDatabase: string;
  }
}

/**
 * One real PostgreSQL for the whole run: the embedded one, or the one that CREDENCE_TEST_DATABASE_URL names
 * (its user must be allowed to create databases). Without fsync: what is tested here is not the disk.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['CREDENCE_TEST_DATABASE_URL'];
  const home =
    given === undefined ? await startEmbedded() : { adminUrl: given, stop: () => Promise.resolve() };
  const templateDatabase = `credence_template_${randomBytes(4).toString('hex')}`;
  await runAdmin(home.adminUrl, `create database ${templateDatabase}`);
  const template = open(databaseUrl(home.adminUrl, templateDatabase));
  await migrate(template);
  await createPartitions(template, Date.now());
  await template.close();
  project.provide('adminUrl', home.adminUrl);
  project.provide('templateDatabase', templateDatabase);
  return async () => {
    await runAdmin(home.adminUrl, `drop database if exists ${templateDatabase} with (force)`);
    await home.stop();
  };
}

async function startEmbedded(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-test-'));
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  const { host, port, user, database } = postgres.connection;
  return {
    adminUrl: `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${String(port)}`,
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The same server, another database. */
export function databaseUrl(adminUrl: string, database: string): string {
  return adminUrl.replace(/\/[^/?]*(\?|$)/, `/${database}$1`);
}

export async function runAdmin(adminUrl: string, sql: string): Promise<void> {
  const admin = open(adminUrl);
  try {
    await admin.script(sql);
  } finally {
    await admin.close();
  }
}

function open(connectionString: string) {
  return openDatabase({
    connection: { connectionString },
    connections: 2,
    applicationName: 'credence-test',
    onError: () => undefined,
  });
}
