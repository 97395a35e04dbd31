import { createHash } from 'node:crypto';
import type { Product } from './product-server.ts';
import type { Server } from './server.ts';

export interface NewWebhook {
  readonly url: string;
  readonly event: string;
  /** Default: the server's own. */
  readonly key?: string;
}

/** Makes enabled webhooks, through the API. */
export async function addWebhooks(server: Server, webhooks: readonly NewWebhook[]): Promise<string[]> {
  const ids: string[] = Array.from({ length: webhooks.length });
  const left = webhooks.map((webhook, index) => ({ webhook, index })).reverse();
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop())
      ids[next.index] = await addWebhook(server, next.webhook);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return ids;
}

async function addWebhook(server: Server, { url, event, key = server.key }: NewWebhook): Promise<string> {
  // As many connections as bare undici has.
  const attributes = { name: 'bench', url, 'enabled-events': [event], 'max-concurrency': 32 };
  const created = await post<{ data: { id: string } }>(server, key, '/webhooks', { data: { attributes } });
  await post(server, key, `/webhooks/${created.data.id}/enable`);
  return created.data.id;
}

/** Sends one event. Returns its id. */
export async function sendEvent(server: Server, name: string, payload: object): Promise<string> {
  const body = { data: [{ attributes: { name, payload } }] };
  const sent = await post<{ data: { id: string }[] }>(server, server.key, '/events', body);
  return sent.data[0]?.id ?? '';
}

async function post<Answer>(server: Server, key: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${server.urls[0] ?? ''}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}

/**
 * Makes environments with a key each: rows copied from the first sandbox, because there is no API for tenants.
 * Returns the keys.
 */
export async function addEnvironments({ postgres }: Product, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, number) => String(1_000 + number));
  const keys = numbers.map((number) => `persona_sandbox_${'e'.repeat(36)}${number}`);
  const tenants = numbers.map((number, index) => {
    const digest = createHash('sha256')
      .update(keys[index] ?? '')
      .digest('hex');
    const id = (prefix: string): string => `${prefix}_${'E'.repeat(20)}${number.replaceAll('0', 'z')}`;
    return `('${id('org')}', '${id('env')}', '${id('api')}', decode('${digest}', 'hex'))`;
  });
  const copy = (table: string, of: string, changes: string): string =>
    `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(source) || ${changes})).*
     from ${of}, tenant;`;
  await postgres.sql(`
    create temporary table tenant (org text, env text, api text, digest bytea);
    insert into tenant values ${tenants.join(', ')};
    ${copy('organizations', '(select * from organizations order by id limit 1) source', `jsonb_build_object('id', org)`)}
    ${copy(
      'environments',
      `(select * from environments where kind = 'sandbox' order by id limit 1) source`,
      `jsonb_build_object('id', env, 'organization_id', org)`,
    )}
    ${copy(
      'api_keys',
      '(select * from api_keys order by id limit 1) source',
      `jsonb_build_object('id', api, 'environment_id', env, 'value_sha256', digest::text)`,
    )}`);
  return keys;
}
