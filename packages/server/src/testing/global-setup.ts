import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../db/database.ts';
import { thisHost } from '../db/embedded/host.ts';
import { migrate } from '../db/migrate.ts';
import { createPartitions } from '../db/partitions.ts';
import { startThrowawayPostgres, type ThrowawayPostgres } from './throwaway-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's own database, from which others are made. */
    adminUrl: string;
    /** A migrated database, to be cloned. */
    templateDatabase: string;
    /** All that is in it goes when the run ends. */
    isServerOurs: boolean;
  }
}

/**
 * One real PostgreSQL for the whole run: the embedded one, or the one that CREDENCE_TEST_DATABASE_URL names
 * (its user must be allowed to create databases).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['CREDENCE_TEST_DATABASE_URL'];
  const home =
    given === undefined
      ? { ...(await startThrowawayPostgres(thisHost())), isOurs: true }
      : { adminUrl: given, isOurs: false, stop: () => Promise.resolve() };
  return provideDatabases(project, home);
}

interface Home extends Pick<ThrowawayPostgres, 'adminUrl' | 'stop'> {
  readonly isOurs: boolean;
}

/** Makes what `createTestDatabase` needs on a server that is the tests' until they end. */
export async function provideDatabases(project: TestProject, home: Home): Promise<() => Promise<void>> {
  const templateDatabase = `credence_template_${randomBytes(4).toString('hex')}`;
  try {
    await makeTemplate(home.adminUrl, templateDatabase);
  } catch (error) {
    await home.stop();
    throw error;
  }
  project.provide('adminUrl', home.adminUrl);
  project.provide('templateDatabase', templateDatabase);
  project.provide('isServerOurs', home.isOurs);
  return async () => {
    await runAdmin(home.adminUrl, `drop database if exists ${templateDatabase} with (force)`);
    await home.stop();
  };
}

async function makeTemplate(adminUrl: string, name: string): Promise<void> {
  await runAdmin(adminUrl, `create database ${name}`);
  const template = open(databaseUrl(adminUrl, name));
  try {
    await migrate(template);
    await createPartitions(template, Date.now());
  } finally {
    await template.close();
  }
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
