import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Queryable } from '../db/database.ts';
import { recordApiKeyUses, type ApiKeyRow, type ApiKeyUse } from '../db/queries/api-keys.ts';

/** How often a use of one key is written at most, by all nodes together. */
const everySeconds = 60;
/** Keys of which a use waits to be written. A use beyond them is not noted: the key's next one will be. */
const maxWaiting = 10_000;
const batch = 1_000;

/** When keys were used: noted in memory by requests, written by maintenance/write-key-uses.ts. */
export interface KeyUses {
  note(key: Pick<ApiKeyRow, 'environmentId' | 'id' | 'lastUsedAt'>): void;
  /** Writes a bounded piece of what waits. Returns whether there is more. */
  write(): Promise<boolean>;
  /** Writes all that waits; what cannot be written is logged and given up. For the end of the server. */
  drain(): Promise<void>;
}

export function createKeyUses(options: {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}): KeyUses {
  const { db, clock, log } = options;
  const waiting = new Map<string, ApiKeyUse>();

  const write = async (): Promise<boolean> => {
    const uses = [...waiting.values()].slice(0, batch);
    if (uses.length === 0) return false;
    for (const { id } of uses) waiting.delete(id);
    await recordApiKeyUses(db, uses, everySeconds);
    return waiting.size > 0;
  };

  return {
    note({ environmentId, id, lastUsedAt }) {
      const atMs = clock.nowMs();
      if (lastUsedAt !== null && atMs - lastUsedAt.getTime() < everySeconds * 1000) return;
      if (waiting.size >= maxWaiting && !waiting.has(id)) return;
      waiting.set(id, { environmentId, id, atMs });
    },
    write,
    async drain() {
      try {
        while (await write());
      } catch (cause) {
        log.error({ err: cause }, 'key_uses.not_written');
      }
    },
  };
}
