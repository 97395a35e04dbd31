import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { listSecrets } from '../db/queries/webhook-secrets.ts';
import { findWebhook } from '../db/queries/webhooks.ts';
import type { Vault } from '../privacy/vault.ts';
import { toEndpoint, validSecrets, type Endpoint } from './endpoint.ts';

/** A delivery that waited longer than this in memory has its webhook read again before it is sent. */
const freshMs = 1_000;
/** A database that takes longer for two rows each time serves nobody; the delivery is set aside. */
const maxReads = 3;

interface Copy {
  readonly endpoint: Endpoint;
  readonly readAtMs: number;
}

export interface Endpoints {
  /** What `get` would return without reading. */
  fresh(webhookId: string, revision: string): Endpoint | undefined;
  /**
   * The webhook at `revision` or later, read at most a second ago. Every delivery brings the revision that its
   * own transaction read, so a copy from before a change is never used for an event after it.
   */
  get(environmentId: string, webhookId: string, revision: string): Promise<Endpoint>;
}

/** Nothing of a webhook or its secrets changes without its revision, but time passes. */
function withoutExpired(endpoint: Endpoint, nowMs: number): Endpoint {
  const secrets = validSecrets(endpoint.secrets, nowMs);
  return secrets.length === endpoint.secrets.length ? endpoint : { ...endpoint, secrets };
}

export function createEndpoints(db: Database, vault: Vault, clock: Clock): Endpoints {
  const copies = new LRUCache<string, Copy>({ max: 10_000 });
  const loading = new Map<string, Promise<Endpoint>>();
  const isFresh = (readAtMs: number): boolean => Math.abs(clock.nowMs() - readAtMs) < freshMs;

  const read = async (environmentId: string, webhookId: string): Promise<Endpoint | undefined> => {
    const readAtMs = clock.nowMs();
    const row = await findWebhook(db, environmentId, webhookId);
    if (row === undefined) throw new Error(`Webhook ${webhookId} has deliveries and does not exist.`);
    const known = copies.get(webhookId)?.endpoint;
    const endpoint =
      known?.revision === BigInt(row.revision)
        ? withoutExpired(known, readAtMs)
        : toEndpoint(vault, row, await listSecrets(db, environmentId, webhookId, new Date(readAtMs)));
    // A read may have waited for a connection, and the webhook may have been disabled meanwhile.
    if (!isFresh(readAtMs)) return undefined;
    copies.set(webhookId, { endpoint, readAtMs });
    return endpoint;
  };

  const load = async (environmentId: string, webhookId: string): Promise<Endpoint> => {
    for (let tries = 0; tries < maxReads; tries += 1) {
      const endpoint = await read(environmentId, webhookId);
      if (endpoint !== undefined) return endpoint;
    }
    throw new Error(
      `Webhook ${webhookId} could not be read within ${String(freshMs)} ms, ${String(maxReads)} times.`,
    );
  };

  const fresh = (webhookId: string, revision: string): Endpoint | undefined => {
    const copy = copies.get(webhookId);
    if (copy === undefined || copy.endpoint.revision < BigInt(revision)) return undefined;
    return isFresh(copy.readAtMs) ? copy.endpoint : undefined;
  };

  return {
    fresh,
    get(environmentId, webhookId, revision) {
      const copy = fresh(webhookId, revision);
      if (copy !== undefined) return Promise.resolve(copy);
      // Many deliveries may wait for one read; one for a later revision starts its own.
      const name = `${webhookId}/${revision}`;
      const running = loading.get(name);
      if (running !== undefined) return running;
      const started = load(environmentId, webhookId).finally(() => loading.delete(name));
      loading.set(name, started);
      return started;
    },
  };
}
