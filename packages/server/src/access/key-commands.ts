import { limits } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import {
  findApiKey,
  insertApiKey,
  lockApiKeys,
  setApiKeyExpiry,
  updateApiKey,
  type ApiKeyRow,
  type ApiKeySettings,
} from '../db/queries/api-keys.ts';
import { Refusal } from '../refusal.ts';
import { requirePermission } from './admission.ts';
import type { KeyChange } from './key-schema.ts';
import { keyDigest, makeKeyValue } from './key-value.ts';
import { defaultPermissions } from './permissions.ts';
import { requireWithin } from './powers.ts';
import { requireNoLockout, requireOwnEndConfirmed, type Actor } from './self-lockout.ts';

/** A key that was just made. Nobody knows its value again. */
export interface NewKey {
  readonly key: ApiKeyRow;
  readonly value: string;
}

export async function retrieveKey(ctx: Context, scope: Scope, id: string): Promise<ApiKeyRow> {
  const key = await findApiKey(ctx.db, scope.environmentId, id);
  if (key === undefined) throw new Refusal('not_found');
  return key;
}

/**
 * Makes a key that can do no more than the one that makes it, and ends when that one does. What a request does not ask
 * for is as narrow as the acting key, so that a request with a name alone is never too much.
 */
export function createKey(
  ctx: Context,
  acting: ApiKeyRow,
  apiVersion: string,
  change: KeyChange,
): Promise<NewKey> {
  return ctx.db.transaction(async (tx) => {
    const [actor] = await lock(ctx, tx, acting, acting.id);
    return insert(ctx, tx, actor, changeSettings(newSettings(actor, apiVersion), change));
  });
}

function newSettings(acting: ApiKeyRow, apiVersion: string): ApiKeySettings {
  return {
    name: '',
    note: null,
    apiVersion,
    keyInflection: 'kebab',
    attributesBlocklist: acting.attributesBlocklist,
    permissions: defaultPermissions.filter((name) => acting.permissions.includes(name)),
    ipAddressAllowlist: acting.ipAddressAllowlist,
    fileAccessTokenSeconds: limits.fileAccessTokenSeconds.default,
    disclosedAttributes: [],
  };
}

/** A key with the settings of another one and a value of its own, which ends when the acting key does. */
export function cloneKey(ctx: Context, acting: ApiKeyRow, id: string): Promise<NewKey> {
  return ctx.db.transaction(async (tx) => {
    const [actor, source] = await lock(ctx, tx, acting, id);
    return insert(ctx, tx, actor, source);
  });
}

async function insert(
  ctx: Context,
  tx: Transaction,
  acting: ApiKeyRow,
  settings: ApiKeySettings,
): Promise<NewKey> {
  const value = makeKeyValue(acting.environmentKind);
  const createdAt = new Date(ctx.clock.nowMs());
  const key = {
    ...acting,
    ...pickSettings(settings),
    id: ctx.ids('api-key', createdAt.getTime()),
    valueSha256: keyDigest(value),
    lastUsedAt: null,
    createdAt,
  };
  requireWithin(acting, key);
  await insertApiKey(tx, key);
  return { key, value };
}

/** Changes settings of a key, which hold from its next request on, on every node. */
export function changeKey(ctx: Context, actor: Actor, id: string, change: KeyChange): Promise<ApiKeyRow> {
  return ctx.db.transaction(async (tx) => {
    const [acting, before] = await lock(ctx, tx, actor.key, id);
    const after = { ...before, ...changeSettings(before, change) };
    requireWithin(acting, after, before);
    if (acting.id === id) requireNoLockout(actor, after);
    await updateApiKey(tx, acting.environmentId, id, after);
    return after;
  });
}

/** Says when a key ends. An end that has come is final; one that has not can be moved either way. */
export function expireKey(ctx: Context, actor: Actor, id: string, seconds: number): Promise<ApiKeyRow> {
  return ctx.db.transaction(async (tx) => {
    const [acting, before] = await lock(ctx, tx, actor.key, id);
    const nowMs = ctx.clock.nowMs();
    if (hasEnded(before, nowMs)) {
      throw new Refusal('conflict', {
        details: `API key expired at ${before.expiresAt?.toISOString() ?? ''}, and that is final.`,
      });
    }
    const after = { ...before, expiresAt: new Date(nowMs + seconds * 1000) };
    requireWithin(acting, after, before);
    if (acting.id === id) requireOwnEndConfirmed(actor, after.expiresAt);
    await setApiKeyExpiry(tx, acting.environmentId, id, after.expiresAt);
    return after;
  });
}

/**
 * Both keys as they are now, and as they stay until the end of the transaction: since the request was let in, the
 * acting key may have ended or been narrowed, and nothing is granted after that.
 */
async function lock(
  ctx: Context,
  tx: Transaction,
  { environmentId, id: actingId }: ApiKeyRow,
  id: string,
): Promise<readonly [acting: ApiKeyRow, key: ApiKeyRow]> {
  const keys = await lockApiKeys(tx, environmentId, [actingId, id]);
  const acting = keys.get(actingId);
  const key = keys.get(id);
  if (acting === undefined || hasEnded(acting, ctx.clock.nowMs())) throw new Refusal('token_invalid');
  requirePermission(acting, 'api_key.write');
  if (key === undefined) throw new Refusal('not_found');
  return [acting, key];
}

function hasEnded({ expiresAt }: ApiKeyRow, nowMs: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= nowMs;
}

function changeSettings(current: ApiKeySettings, change: KeyChange): ApiKeySettings {
  return {
    name: change.name ?? current.name,
    note: change.note === undefined ? current.note : change.note,
    apiVersion: change['api-version'] ?? current.apiVersion,
    keyInflection: change['api-key-inflection'] ?? current.keyInflection,
    attributesBlocklist: change['api-attributes-blocklist'] ?? current.attributesBlocklist,
    permissions: change.permissions ?? current.permissions,
    ipAddressAllowlist: change['ip-address-allowlist'] ?? current.ipAddressAllowlist,
    fileAccessTokenSeconds: change['file-access-token-expires-in'] ?? current.fileAccessTokenSeconds,
    disclosedAttributes: change['disclosed-attributes'] ?? current.disclosedAttributes,
  };
}

/** Of a row, what can be changed of it. */
function pickSettings(settings: ApiKeySettings): ApiKeySettings {
  return changeSettings(settings, {});
}
