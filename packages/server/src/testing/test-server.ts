import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { createKey } from '../access/bootstrap.ts';
import { systemClock, type Clock } from '../clock.ts';
import { readConfig } from '../config.ts';
import type { Database } from '../db/database.ts';
import { idMaker } from '../id.ts';
import { startServer, type RunningServer, type ServerOptions } from '../server.ts';
import { strictGuard } from './strict-guard.ts';
import { createTestDatabase, joinTestDatabase } from './test-database.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: any;
  readonly text: string;
}

export interface ApiClient {
  (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ApiAnswer>;
}

export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer;
  readonly databaseUrl: string;
  /** For looking behind the API. */
  readonly db: Database;
  /** Everything that was logged. */
  readonly logged: () => string;
  /** With the first sandbox key, which discloses nothing. */
  readonly api: ApiClient;
  readonly sandboxKey: string;
  readonly templateId: string;
  readonly verificationTemplateIds: Readonly<
    Record<'governmentId' | 'selfie' | 'database' | 'document', string>
  >;
  /** A client with a new key. */
  apiWith(key: {
    kind?: 'sandbox' | 'production';
    disclosed?: readonly string[];
    blocked?: readonly string[];
    permissions?: readonly string[];
    addresses?: readonly string[];
    expiresAt?: Date;
  }): Promise<ApiClient>;
  /** Creates and enables a webhook. */
  webhook(
    url: string,
    attributes?: Readonly<Record<string, unknown>>,
  ): Promise<{ id: string; secret: string }>;
  /** Creates an inquiry. */
  inquiry(
    attributes?: Readonly<Record<string, unknown>>,
    meta?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
}

export interface TestServerOptions {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
  /** A database to share; without one, the server gets its own. */
  readonly databaseUrl?: string;
  /** Another than the one that checks everything. */
  readonly guard?: ServerOptions['guard'];
  readonly leaseTimes?: ServerOptions['leaseTimes'];
  readonly storeTimes?: ServerOptions['storeTimes'];
  readonly clientTimes?: ServerOptions['clientTimes'];
}

const sandboxKey = 'persona_sandbox_test0123456789test0123456789test';

/** The real server, with a socket and a database of its own, in this process. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-server-'));
  const shared = options.databaseUrl;
  const database = shared === undefined ? await createTestDatabase() : joinTestDatabase(shared);
  const databaseUrl = database.url;
  const removeAll = async (): Promise<void> => {
    await database[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  };
  const lines: string[] = [];
  const log: Logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const config = readConfig({
    PORT: '0',
    CREDENCE_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    CREDENCE_MASTER_KEY: '0123456789abcdef'.repeat(4),
    CREDENCE_BOOTSTRAP_SANDBOX_KEY: sandboxKey,
    ...options.env,
  });
  const clock = options.clock ?? systemClock();
  const { leaseTimes, storeTimes, clientTimes } = options;
  const server = await startServer(config, {
    log,
    clock,
    guard: options.guard ?? strictGuard,
    // What failed is recorded before a test asks for it again.
    resendSettleMs: 0,
    ...(leaseTimes && { leaseTimes }),
    ...(storeTimes && { storeTimes }),
    ...(clientTimes && { clientTimes }),
  }).catch(async (cause: unknown) => {
    await removeAll();
    throw cause;
  });
  const [template] = server.bootstrap.templates;
  if (template === undefined) throw new Error('The first start made no template.');
  const verification = (kind: string): string =>
    template.verificationTemplates.find((part) => part.kind === kind)?.id ?? '';
  const api = apiClient(server.url, sandboxKey);
  return {
    server,
    databaseUrl,
    db: database.db,
    logged: () => lines.join(''),
    api,
    sandboxKey,
    templateId: template.id,
    verificationTemplateIds: {
      governmentId: verification('government-id'),
      selfie: verification('selfie'),
      database: verification('database'),
      document: verification('document'),
    },
    async apiWith({ kind = 'sandbox', disclosed = [], blocked, permissions, addresses, expiresAt }) {
      const key = {
        kind,
        name: 'test',
        disclosedAttributes: disclosed,
        ...(blocked && { attributesBlocklist: blocked }),
        ...(permissions && { permissions }),
        ...(addresses && { ipAddressAllowlist: addresses }),
        ...(expiresAt && { expiresAt }),
      };
      return apiClient(server.url, await createKey({ db: database.db, clock, ids: idMaker() }, key));
    },
    async webhook(url, attributes = {}) {
      const data = { attributes: { name: 'test', url, 'enabled-events': ['*'], ...attributes } };
      const created = await api('POST', '/webhooks', { data });
      if (created.status !== 201) throw new Error(created.text);
      await api('POST', `/webhooks/${created.json.data.id}/enable`);
      return { id: created.json.data.id, secret: created.json.data.attributes.secret };
    },
    async inquiry(attributes = {}, meta) {
      const data = { attributes: { 'inquiry-template-id': template.id, ...attributes } };
      const created = await api('POST', '/inquiries', { data, ...(meta && { meta }) });
      if (created.status !== 201) throw new Error(created.text);
      return created.json.data.id;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await removeAll();
    },
  };
}

/** A client of the API with one key. */
export function apiClient(url: string, key: string): ApiClient {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };
}
