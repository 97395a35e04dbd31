import { isCustomEventName, type Json, type JsonObject } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import type { EventRow } from '../db/queries/events.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import { applyBlocklist } from '../privacy/blocklist.ts';
import { disclose } from '../privacy/disclose.ts';
import { compilePatterns } from '../privacy/patterns.ts';
import type { Document } from '../privacy/document.ts';
import { unsealSnapshot } from '../privacy/seal-snapshot.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';

/** `event` resources as an API key may see them: of the snapshot, what its patterns disclose and do not block. */
export async function openEvents(
  ctx: Context,
  scope: Scope,
  key: { readonly disclosedAttributes: readonly string[]; readonly attributesBlocklist: readonly string[] },
  rows: readonly EventRow[],
): Promise<OwnedResource[]> {
  const patterns = compilePatterns(key.disclosedAttributes);
  const blocked = compilePatterns(key.attributesBlocklist);
  const persons = patterns.isEmpty ? [] : rows.flatMap(({ sealedFor }) => sealedFor ?? []);
  const wrapped =
    persons.length === 0
      ? new Map<string, Buffer>()
      : await findPersonKeys(ctx.db, scope.environmentId, persons);
  const keys = new Map(
    [...wrapped].map(([id, bytes]) => [id, ctx.vault.unwrapPersonKey(scope.environmentId, id, bytes)]),
  );
  return rows.map((row) => {
    const personal = unsealSnapshot(row.environmentId, row.id, row, keys);
    // This program wrote the text, from a Document; of a custom event, from an object.
    const stored = JSON.parse(row.payload) as Document;
    const payload = isCustomEventName(row.name)
      ? stored
      : { data: applyBlocklist(disclose(stored, personal, patterns), blocked).data };
    return eventResource(row, payload as unknown as Json);
  });
}

function eventResource(row: EventRow, payload: Json): OwnedResource {
  const attributes: JsonObject = {
    name: row.name,
    payload,
    'created-at': row.createdAt.toISOString(),
    ...(row.context === null ? {} : { context: JSON.parse(row.context) as Json }),
  };
  return { owner: null, resource: { type: 'event', id: row.id, attributes } };
}
