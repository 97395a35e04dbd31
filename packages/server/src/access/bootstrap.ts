import { currentApiVersion, limits } from '@credence/contract';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { findApiKeyByDigest, insertApiKey } from '../db/queries/api-keys.ts';
import { insertTemplate, listTemplates, type InquiryTemplate } from '../db/queries/templates.ts';
import {
  findEnvironment,
  findFirstOrganization,
  insertEnvironment,
  insertOrganization,
  lockBootstrap,
  putSettingOnce,
} from '../db/queries/tenants.ts';
import type { IdMaker } from '../id.ts';
import type { Vault } from '../privacy/vault.ts';
import { completeTemplate } from '../template/complete.ts';
import { firstTemplate } from '../template/first-template.ts';
import { keyDigest, makeKeyValue } from './key-value.ts';
import { defaultPermissions } from './permissions.ts';

export interface Bootstrap {
  readonly isFirstStart: boolean;
  /** Shown once, where this start made it. Never kept. */
  readonly newSandboxKey: string | undefined;
  /** The configured first key is not a key of this database, which had its first key already. */
  readonly isConfiguredKeyIgnored: boolean;
  readonly templates: readonly InquiryTemplate[];
}

export interface BootstrapOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: IdMaker;
  readonly vault: Vault;
  /** The value of the first sandbox key; made where it is undefined. */
  readonly sandboxKey: string | undefined;
}

/**
 * Makes what the first start needs: an organization with a sandbox and a production environment, a sandbox key
 * and an inquiry template. Ten first starts at once make it once. Throws when the master key is another one
 * than the database was started with.
 */
export function bootstrap(options: BootstrapOptions): Promise<Bootstrap> {
  return options.db.transaction(async (tx) => {
    await lockBootstrap(tx);
    await requireMasterKey(tx, options.vault);
    const organizationId = await findFirstOrganization(tx);
    return organizationId === undefined
      ? createFirst(options, tx)
      : findExisting(options, tx, organizationId);
  });
}

async function requireMasterKey(tx: Transaction, vault: Vault): Promise<void> {
  const known = await putSettingOnce(tx, 'master-key-fingerprint', vault.fingerprint);
  if (known === vault.fingerprint) return;
  throw new Error(
    'The master key is not the one that this database was first started with, so what is sealed in it cannot be ' +
      'opened. Set CREDENCE_MASTER_KEY, or restore master.key in the data directory; nodes that share a database ' +
      'share the key.',
  );
}

async function createFirst(
  { clock, ids, sandboxKey }: BootstrapOptions,
  tx: Transaction,
): Promise<Bootstrap> {
  const createdAt = new Date(clock.nowMs());
  const atMs = createdAt.getTime();
  const organizationId = ids('organization', atMs);
  await insertOrganization(tx, organizationId, 'Credence', createdAt);
  const sandboxId = ids('environment', atMs);
  await insertEnvironment(tx, { id: sandboxId, organizationId, kind: 'sandbox', createdAt });
  await insertEnvironment(tx, {
    id: ids('environment', atMs),
    organizationId,
    kind: 'production',
    createdAt,
  });
  const value = sandboxKey ?? makeKeyValue('sandbox');
  await insertApiKey(tx, {
    environmentId: sandboxId,
    id: ids('api-key', atMs),
    name: 'First sandbox key',
    valueSha256: keyDigest(value),
    ...plainKey,
    createdAt,
  });
  const template = firstTemplate(ids, organizationId, createdAt);
  await insertTemplate(tx, template);
  return {
    isFirstStart: true,
    newSandboxKey: sandboxKey === undefined ? value : undefined,
    isConfiguredKeyIgnored: false,
    templates: [template],
  };
}

/** A key for which nothing is asked. */
const plainKey = {
  note: null,
  apiVersion: currentApiVersion,
  keyInflection: 'kebab',
  attributesBlocklist: [],
  permissions: defaultPermissions,
  ipAddressAllowlist: ['*'],
  fileAccessTokenSeconds: limits.fileAccessTokenSeconds.default,
  disclosedAttributes: [],
  expiresAt: null,
} as const;

async function findExisting(
  { clock, ids, sandboxKey }: BootstrapOptions,
  tx: Transaction,
  organizationId: string,
): Promise<Bootstrap> {
  const found = await listTemplates(tx, organizationId, { after: null, before: null, size: 20 });
  const templates: InquiryTemplate[] = [];
  for (const template of found) templates.push(await completeTemplate(tx, ids, template, clock.nowMs()));
  const known = sandboxKey === undefined ? undefined : await findApiKeyByDigest(tx, keyDigest(sandboxKey));
  return {
    isFirstStart: false,
    newSandboxKey: undefined,
    isConfiguredKeyIgnored: sandboxKey !== undefined && known === undefined,
    templates,
  };
}

/** What the operator asks for. What is absent is as of a key for which nothing is asked. */
export interface OperatorKey {
  readonly kind: 'sandbox' | 'production';
  readonly name: string;
  readonly disclosedAttributes: readonly string[];
  readonly note?: string | null;
  readonly attributesBlocklist?: readonly string[];
  readonly permissions?: readonly string[];
  /** In their one spelling. */
  readonly ipAddressAllowlist?: readonly string[];
  readonly expiresAt?: Date | null;
}

/** Makes a key for the operator, whom no key bounds. Returns its value, which is not kept. */
export function createKey(
  options: Omit<BootstrapOptions, 'sandboxKey' | 'vault'>,
  { kind, ...settings }: OperatorKey,
): Promise<string> {
  return options.db.transaction(async (tx) => {
    const organizationId = await findFirstOrganization(tx);
    const environmentId = organizationId && (await findEnvironment(tx, organizationId, kind));
    if (!environmentId) throw new Error('The database has no organization yet: start the server once.');
    const value = makeKeyValue(kind);
    const createdAt = new Date(options.clock.nowMs());
    await insertApiKey(tx, {
      environmentId,
      id: options.ids('api-key', createdAt.getTime()),
      valueSha256: keyDigest(value),
      ...plainKey,
      ...settings,
      createdAt,
    });
    return value;
  });
}
