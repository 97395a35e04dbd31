import { limits } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { insertSecret, listSecrets, rotateSecret } from '../db/queries/webhook-secrets.ts';
import {
  countWebhooks,
  findWebhook,
  insertWebhook,
  lockWebhook,
  setWebhookStatus,
  updateWebhook,
  type WebhookRow,
  type WebhookSettings,
  type WebhookStatus,
} from '../db/queries/webhooks.ts';
import { newWebhookSecret } from '../id.ts';
import { Refusal } from '../refusal.ts';
import { endWaiting } from './end-waiting.ts';
import { customHeadersPlace, secretPlace } from './places.ts';
import { openSecrets, type OpenSecret } from './resource.ts';
import { changeSettings, defaultSettings, type WebhookChange } from './settings.ts';

export interface WebhookWithSecrets {
  readonly webhook: WebhookRow;
  /** Newest first. */
  readonly secrets: readonly OpenSecret[];
}

/** Makes a webhook. It is disabled until somebody enables it. */
export function createWebhook(
  ctx: Context,
  scope: Scope,
  apiVersion: string,
  change: WebhookChange,
): Promise<WebhookWithSecrets> {
  return ctx.db.transaction((tx) =>
    insert(ctx, tx, scope, (webhookId) =>
      changeSettings(ctx.vault, { ...scope, webhookId }, defaultSettings(apiVersion), change),
    ),
  );
}

async function insert(
  ctx: Context,
  tx: Transaction,
  { environmentId }: Scope,
  settingsOf: (webhookId: string) => WebhookSettings,
): Promise<WebhookWithSecrets> {
  if ((await countWebhooks(tx, environmentId)) >= limits.webhooksPerEnvironment) {
    throw new Refusal('record_invalid', {
      details: `An environment has at most ${String(limits.webhooksPerEnvironment)} webhooks.`,
    });
  }
  const createdAt = new Date(ctx.clock.nowMs());
  const id = ctx.ids('webhook', createdAt.getTime());
  const webhook = await insertWebhook(tx, { environmentId, id, createdAt, settings: settingsOf(id) });
  const value = newWebhookSecret();
  await insertSecret(tx, environmentId, id, ctx.vault.sealSecret(secretPlace(environmentId, id), value));
  return { webhook, secrets: [{ value, expiresAt: null }] };
}

export async function retrieveWebhook(ctx: Context, scope: Scope, id: string): Promise<WebhookWithSecrets> {
  const webhook = await findWebhook(ctx.db, scope.environmentId, id);
  if (webhook === undefined) throw new Refusal('not_found');
  return withSecrets(ctx, ctx.db, webhook);
}

async function withSecrets(
  ctx: Context,
  db: Transaction | Context['db'],
  webhook: WebhookRow,
): Promise<WebhookWithSecrets> {
  const rows = await listSecrets(db, webhook.environmentId, webhook.id, new Date(ctx.clock.nowMs()));
  return { webhook, secrets: openSecrets(ctx.vault, webhook, rows) };
}

/** Changes settings. Deliveries that wait are sent by the new ones. */
export function changeWebhook(
  ctx: Context,
  scope: Scope,
  id: string,
  change: WebhookChange,
): Promise<WebhookRow> {
  return ctx.db.transaction(async (tx) => {
    const webhook = await lock(tx, scope, id);
    const settings = changeSettings(ctx.vault, { ...scope, webhookId: id }, webhook, change);
    return existing(await updateWebhook(tx, scope.environmentId, id, settings));
  });
}

/**
 * Enables, disables or archives. What waits for a webhook that takes nothing more ends as failed, by
 * maintenance/end-deliveries.ts, in bounded steps: there may be millions.
 */
export async function changeStatus(
  ctx: Context,
  scope: Scope,
  id: string,
  status: WebhookStatus,
): Promise<WebhookRow> {
  if (status === 'enabled') await forgetDisabled(ctx, scope, id);
  return ctx.db.transaction(async (tx) => {
    const webhook = await lock(tx, scope, id);
    if (webhook.status === 'archived' && status !== 'archived') {
      throw new Refusal('conflict', {
        details: `Webhook is archived and cannot become ${status}; clone it instead.`,
      });
    }
    if (webhook.status === status) return webhook;
    return existing(await setWebhookStatus(tx, scope.environmentId, id, status));
  });
}

/** Enabling replays nothing: what waited from before has ended first, even where the duty was not there yet. */
async function forgetDisabled(ctx: Context, { environmentId }: Scope, id: string): Promise<void> {
  const webhook = await findWebhook(ctx.db, environmentId, id);
  if (webhook?.status === 'disabled') await endWaiting(ctx, webhook);
}

/** Makes a new secret. The one before stays valid for `overlapSeconds`; any older one ends at once. */
export function rotateWebhookSecret(
  ctx: Context,
  scope: Scope,
  id: string,
  overlapSeconds: number,
): Promise<WebhookWithSecrets> {
  return ctx.db.transaction(async (tx) => {
    const webhook = await lock(tx, scope, id);
    if (webhook.status === 'archived') throw new Refusal('conflict', { details: 'Webhook is archived.' });
    const sealed = ctx.vault.sealSecret(secretPlace(scope.environmentId, id), newWebhookSecret());
    const retireAt = new Date(ctx.clock.nowMs() + overlapSeconds * 1000);
    await rotateSecret(tx, { environmentId: scope.environmentId, webhookId: id, sealed, retireAt });
    // A new revision, so that the very next event is signed with the new secret.
    const rotated = existing(await setWebhookStatus(tx, scope.environmentId, id, webhook.status));
    return withSecrets(ctx, tx, rotated);
  });
}

/** A copy with a secret of its own, disabled. */
export function cloneWebhook(ctx: Context, scope: Scope, id: string): Promise<WebhookWithSecrets> {
  return ctx.db.transaction(async (tx) => {
    const source = await lock(tx, scope, id);
    return insert(ctx, tx, scope, (webhookId) => ({
      ...source,
      customHeadersSealed: moveHeaders(ctx, source, webhookId),
    }));
  });
}

/** An envelope opens at its own place only, so a copy is sealed anew. */
function moveHeaders({ vault }: Context, source: WebhookRow, webhookId: string): Buffer | null {
  const { environmentId, id, customHeadersSealed } = source;
  if (customHeadersSealed === null) return null;
  const text = vault.unsealSecret(customHeadersPlace(environmentId, id), customHeadersSealed);
  return vault.sealSecret(customHeadersPlace(environmentId, webhookId), text);
}

async function lock(tx: Transaction, scope: Scope, id: string): Promise<WebhookRow> {
  const webhook = await lockWebhook(tx, scope.environmentId, id);
  if (webhook === undefined) throw new Refusal('not_found');
  return webhook;
}

/** What an update of a locked row returns. */
function existing(row: WebhookRow | undefined): WebhookRow {
  if (row === undefined) throw new Error('A locked webhook was not updated.');
  return row;
}
