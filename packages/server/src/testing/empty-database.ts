import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../db/database.ts';
import { databaseUrl, runAdmin } from './global-setup.ts';

export interface EmptyDatabase extends AsyncDisposable {
  readonly url: string;
  /** With connections of its own, as every node has. */
  openNode(options?: { readonly statementTimeoutMs?: number }): Database;
}

/** A database in which nothing was migrated, gone when the test ends. */
export async function createEmptyDatabase(): Promise<EmptyDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `credence_empty_${randomBytes(6).toString('hex')}`;
  await runAdmin(adminUrl, `create database ${name} template template0`);
  const url = databaseUrl(adminUrl, name);
  const nodes: Database[] = [];
  return {
    url,
    openNode(options = {}) {
      const node = openDatabase({
        connection: { connectionString: url },
        connections: 3,
        applicationName: 'credence-test',
        onError: () => undefined,
        ...options,
      });
      nodes.push(node);
      return node;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.close()));
      await runAdmin(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}
