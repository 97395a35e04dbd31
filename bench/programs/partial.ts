import './probe.ts';
import { Session } from 'node:inspector/promises';
import { readConfig } from '@credence/server';
import type { Database, Queryable, Statement } from '@credence/server/internals/db/database';
import { openNearAndFar } from '@credence/server/internals/delivery/egress/near-while-quiet';
import { createLog } from '@credence/server/internals/observe/log';
import { startServer } from '@credence/server/internals/server';
import { openStore } from '@credence/server/internals/store';
import { partsOf, type Parts } from '../harness/profile.ts';

/**
 * The product itself, of which the statements that BENCH_ANSWERED names are asked of the database once, and answered
 * from memory ever after; and which can say where its own time goes.
 */
export interface ProfileRequest {
  readonly kind: 'profile-start' | 'profile-end';
}

const answered = new Set((process.env['BENCH_ANSWERED'] ?? '').split(','));
const answers = new Map<string, Promise<unknown[]>>();

function query<Row extends object>(
  real: Queryable,
  statement: Statement,
  values?: readonly unknown[],
): Promise<Row[]> {
  if (!answered.has(statement.name)) return real.query<Row>(statement, values);
  // The rows of a name have the shape of its statement; the bench has one key only.
  const known = answers.get(statement.name) as Promise<Row[]> | undefined;
  if (known !== undefined) return known;
  const rows = real.query<Row>(statement, values);
  answers.set(statement.name, rows);
  return rows;
}

function partial(real: Database): Database {
  return { ...real, query: (statement, values) => query(real, statement, values) };
}

function fail(reason: string): never {
  throw new Error(reason);
}

const config = readConfig(process.env);
const server = await startServer(config, {
  log: createLog(config.logLevel),
  openTransport: (settings) => openNearAndFar(settings, fail),
  async openStore(...from) {
    const store = await openStore(...from);
    return answered.size === 0 ? store : { ...store, db: partial(store.db) };
  },
});

const session = new Session();
session.connect();

async function profiled(kind: ProfileRequest['kind']): Promise<Parts> {
  if (kind === 'profile-start') {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
    return {};
  }
  const { profile } = await session.post('Profiler.stop');
  return partsOf(profile);
}

process.on('message', (request: { kind?: string }) => {
  const { kind } = request;
  if (kind !== 'profile-start' && kind !== 'profile-end') return;
  void profiled(kind).then((parts) => process.send?.(parts));
});
process.on('SIGTERM', () => {
  void server.stop().then(() => process.exit(0));
});
process.send?.({ url: server.url });
