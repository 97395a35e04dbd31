import { textArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

export type WebhookStatus = 'enabled' | 'disabled' | 'archived';

/** One row of `webhooks`. `revision` is a bigint, which pg gives as text. */
export interface WebhookRow {
  readonly environmentId: string;
  readonly id: string;
  readonly revision: string;
  readonly status: WebhookStatus;
  readonly name: string | null;
  readonly description: string | null;
  readonly url: string;
  readonly enabledEvents: readonly string[];
  readonly apiVersion: string;
  readonly apiKeyInflection: 'camel' | 'kebab' | 'snake';
  readonly apiAttributesBlocklist: readonly string[];
  readonly disclosedAttributes: readonly string[];
  readonly fileAccessTokenExpiresIn: number;
  /** JSON text, as are the four below. */
  readonly payloadFilter: string | null;
  readonly includedAllowlist: string;
  readonly relationshipAllowlist: string;
  readonly retryPolicy: string;
  readonly timeoutMs: number;
  readonly customHeadersSealed: Buffer | null;
  /** null: the operator's default source. */
  readonly region: string | null;
  readonly maxConcurrency: number;
  /** null: no limit. */
  readonly rateLimitPerSecond: number | null;
  readonly createdAt: Date;
}

/** What an administrator can change. */
export type WebhookSettings = Omit<WebhookRow, 'environmentId' | 'id' | 'revision' | 'status' | 'createdAt'>;

const columns = `environment_id as "environmentId", id, revision, status, name, description, url,
  enabled_events as "enabledEvents", api_version as "apiVersion", api_key_inflection as "apiKeyInflection",
  api_attributes_blocklist as "apiAttributesBlocklist", disclosed_attributes as "disclosedAttributes",
  file_access_token_expires_in as "fileAccessTokenExpiresIn", payload_filter as "payloadFilter",
  included_allowlist as "includedAllowlist", relationship_allowlist as "relationshipAllowlist",
  retry_policy as "retryPolicy", timeout_ms as "timeoutMs", custom_headers_sealed as "customHeadersSealed",
  region, max_concurrency as "maxConcurrency", rate_limit_per_second as "rateLimitPerSecond",
  created_at as "createdAt"`;

function settingsValues(settings: WebhookSettings): unknown[] {
  return [
    settings.name,
    settings.description,
    settings.url,
    settings.enabledEvents,
    settings.apiVersion,
    settings.apiKeyInflection,
    settings.apiAttributesBlocklist,
    settings.disclosedAttributes,
    settings.fileAccessTokenExpiresIn,
    settings.payloadFilter,
    settings.includedAllowlist,
    settings.relationshipAllowlist,
    settings.retryPolicy,
    settings.timeoutMs,
    settings.customHeadersSealed,
    settings.region,
    settings.maxConcurrency,
    settings.rateLimitPerSecond,
  ];
}

const insert = statement(
  'webhooks.insert',
  `insert into webhooks (environment_id, id, status, created_at, name, description, url, enabled_events,
     api_version, api_key_inflection, api_attributes_blocklist, disclosed_attributes,
     file_access_token_expires_in, payload_filter, included_allowlist, relationship_allowlist, retry_policy,
     timeout_ms, custom_headers_sealed, region, max_concurrency, rate_limit_per_second)
   values ($1, $2, 'disabled', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
     $19, $20, $21)
   returning ${columns}`,
);

export async function insertWebhook(
  db: Queryable,
  webhook: { environmentId: string; id: string; createdAt: Date; settings: WebhookSettings },
): Promise<WebhookRow> {
  const values = [webhook.environmentId, webhook.id, webhook.createdAt, ...settingsValues(webhook.settings)];
  const [row] = await db.query<WebhookRow>(insert, values);
  if (row === undefined) throw new Error('An inserted webhook was not returned.');
  return row;
}

const update = statement(
  'webhooks.update',
  `update webhooks
   set revision = revision + 1, name = $3, description = $4, url = $5, enabled_events = $6, api_version = $7,
     api_key_inflection = $8, api_attributes_blocklist = $9, disclosed_attributes = $10,
     file_access_token_expires_in = $11, payload_filter = $12, included_allowlist = $13,
     relationship_allowlist = $14, retry_policy = $15, timeout_ms = $16, custom_headers_sealed = $17,
     region = $18, max_concurrency = $19, rate_limit_per_second = $20
   where environment_id = $1 and id = $2
   returning ${columns}`,
);

export async function updateWebhook(
  db: Queryable,
  environmentId: string,
  id: string,
  settings: WebhookSettings,
): Promise<WebhookRow | undefined> {
  const [row] = await db.query<WebhookRow>(update, [environmentId, id, ...settingsValues(settings)]);
  return row;
}

const setStatus = statement(
  'webhooks.set-status',
  `update webhooks set status = $3, revision = revision + 1
   where environment_id = $1 and id = $2
   returning ${columns}`,
);

export async function setWebhookStatus(
  db: Queryable,
  environmentId: string,
  id: string,
  status: WebhookStatus,
): Promise<WebhookRow | undefined> {
  const [row] = await db.query<WebhookRow>(setStatus, [environmentId, id, status]);
  return row;
}

const find = statement(
  'webhooks.find',
  `select ${columns} from webhooks where environment_id = $1 and id = $2`,
);

export async function findWebhook(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<WebhookRow | undefined> {
  const [row] = await db.query<WebhookRow>(find, [environmentId, id]);
  return row;
}

const lock = statement('webhooks.lock', `${find.text} for update`);

export async function lockWebhook(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<WebhookRow | undefined> {
  const [row] = await db.query<WebhookRow>(lock, [environmentId, id]);
  return row;
}

const count = statement(
  'webhooks.count',
  `select count(*)::int as total from webhooks where environment_id = $1`,
);

/** How many webhooks an environment has, archived ones too. The table is small and bounded by a limit. */
export async function countWebhooks(db: Queryable, environmentId: string): Promise<number> {
  const [row] = await db.query<{ total: number }>(count, [environmentId]);
  return row?.total ?? 0;
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${columns} from webhooks
     where environment_id = $1 and ($2::text is null or id < $2) and ($3::text is null or id > $3)
     order by id ${order}
     limit $4`,
  );

const newestFirst = list('webhooks.list', 'desc');
const oldestFirst = list('webhooks.list-before', 'asc');

export function listWebhooks(db: Queryable, environmentId: string, page: Page): Promise<WebhookRow[]> {
  const walk = page.before === null ? newestFirst : oldestFirst;
  return db.query<WebhookRow>(walk, [environmentId, page.after, page.before, page.size]);
}

/** What an event needs to know to be fanned out. */
export interface Subscription {
  readonly id: string;
  readonly revision: string;
  readonly enabledEvents: readonly string[];
  readonly region: string | null;
  readonly maxConcurrency: number;
  readonly rateLimitPerSecond: number | null;
}

const subscriptions = statement(
  'webhooks.subscriptions',
  `select id, revision, enabled_events as "enabledEvents", region, max_concurrency as "maxConcurrency",
     rate_limit_per_second as "rateLimitPerSecond"
   from webhooks
   where environment_id = $1 and status = 'enabled' and enabled_events && $2::text[]
   order by id`,
);

/**
 * Of webhooks that want one of `names`. Read in the transaction that records the events: a webhook enabled a moment ago
 * gets them, no cache is asked.
 */
export function listSubscriptions(
  db: Queryable,
  environmentId: string,
  names: ReadonlySet<string>,
): Promise<Subscription[]> {
  return db.query<Subscription>(subscriptions, [environmentId, textArray(['*', ...names])]);
}

/** One probe for each webhook: an `exists` may be turned into a read of all that waits. */
const ended = statement(
  'webhooks.ended-with-waiting',
  `select w.environment_id as "environmentId", w.id, w.status from webhooks w
   where w.status <> 'enabled'
     and (
       select true from delivery_queue q
       where q.leased_by is null and q.webhook_id = any (array[w.id])
       order by q.webhook_id limit 1
     )
   limit 100`,
);

/** Webhooks that take nothing more and still have deliveries waiting. */
export function listEndedWithWaiting(
  db: Queryable,
): Promise<{ environmentId: string; id: string; status: WebhookStatus }[]> {
  return db.query(ended);
}
