import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { databaseUrl, runAdmin } from '../../../packages/server/src/testing/global-setup.ts';
import type { Premises } from '../server.ts';

/** A folder, and databases cloned from the template of the test run; all gone when it ends. */
export async function rentPremises(): Promise<Premises & AsyncDisposable> {
  const adminUrl = inject('adminUrl');
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-conformance-'));
  const names: string[] = [];
  return {
    dataDir,
    async createDatabase() {
      const name = `credence_${randomBytes(6).toString('hex')}`;
      await runAdmin(adminUrl, `create database ${name} template ${inject('templateDatabase')}`);
      names.push(name);
      return databaseUrl(adminUrl, name);
    },
    async [Symbol.asyncDispose]() {
      for (const name of names) await runAdmin(adminUrl, `drop database if exists ${name} with (force)`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
