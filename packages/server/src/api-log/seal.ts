import type { Context } from '../context.ts';
import type { ApiLogRow } from '../db/queries/api-logs.ts';
import { findPersonKeysOfMany } from '../db/queries/person-keys.ts';
import { seal, unseal, type SealingKey } from '../privacy/envelope.ts';
import type { Vault } from '../privacy/vault.ts';
import type { ApiLogEntry } from './entry.ts';
import type { Params } from './select-params.ts';

/**
 * Rows of entries, whose personal parameters are sealed under the key of the person whom the request was about: of who
 * was answered, which a creation knows only afterwards, or of who is named by the path. Redacting that person deletes
 * the key, and with it all that the logs say, also what is written a moment later.
 *
 * What is about nobody who has a key is not kept at all: an inquiry that was refused, a filter by a note, a request
 * that comes after the redaction. Nobody could redact it. Settings of an operator (webhooks, API keys) are no person's,
 * and sealed under the master key.
 */
export async function sealEntries(
  { db, vault }: Pick<Context, 'db' | 'vault'>,
  entries: readonly ApiLogEntry[],
): Promise<ApiLogRow[]> {
  const persons = entries.flatMap(({ environmentId, params, sealedFor }) =>
    params === undefined || sealedFor === 'operator' ? [] : sealedFor.map((id) => ({ environmentId, id })),
  );
  const found = persons.length === 0 ? [] : await findPersonKeysOfMany(db, persons);
  const keys = new Map(
    found.map(({ environmentId, id, wrapped }) => [
      `${environmentId}/${id}`,
      vault.unwrapPersonKey(environmentId, id, wrapped),
    ]),
  );
  return entries.map((entry) => ({
    environmentId: entry.environmentId,
    id: entry.id,
    status: entry.status,
    request: entry.request,
    answerHeaders: entry.answerHeaders,
    createdAt: new Date(entry.receivedAtMs),
    ...sealedColumns(vault, entry, keys),
  }));
}

type SealedColumns = Pick<ApiLogRow, 'sealedFor' | 'sealed'>;

const nothingSealed: SealedColumns = { sealedFor: null, sealed: null };

function sealedColumns(
  vault: Vault,
  { environmentId, id, params, sealedFor }: ApiLogEntry,
  keys: ReadonlyMap<string, SealingKey>,
): SealedColumns {
  if (params === undefined) return nothingSealed;
  if (sealedFor === 'operator') {
    return { sealedFor: null, sealed: vault.sealSecret(place(environmentId, id, ''), params) };
  }
  for (const person of sealedFor) {
    const key = keys.get(`${environmentId}/${person}`);
    if (key !== undefined)
      return { sealedFor: person, sealed: seal(key, place(environmentId, id, person), params) };
  }
  return nothingSealed;
}

/** Opens what `sealEntries` closed; undefined where there is nothing, or its key is gone. */
export function openParams(
  vault: Vault,
  { environmentId, id, sealedFor, sealed }: ApiLogRow,
  keys: ReadonlyMap<string, SealingKey>,
): Params | undefined {
  if (sealed === null) return undefined;
  if (sealedFor === null) return parse(vault.unsealSecret(place(environmentId, id, ''), sealed));
  const key = keys.get(sealedFor);
  if (key === undefined) return undefined;
  return parse(unseal(key, place(environmentId, id, sealedFor), sealed).toString());
}

function parse(text: string): Params {
  // toEntry made it of Params, and the envelope's tag proves that nobody else did.
  return JSON.parse(text) as Params;
}

function place(environmentId: string, id: string, personId: string): string {
  return `api_logs/${environmentId}/${id}/${personId}`;
}
