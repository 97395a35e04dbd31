import type { Json, JsonObject } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import type { FoundApiLog } from '../db/queries/api-logs.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import { compilePatterns, type PatternSet } from '../privacy/patterns.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { typeOfPath } from './public-params.ts';
import { openParams } from './seal.ts';
import { disclosedParams } from './select-params.ts';

/** `api-log` resources as an API key may see them: of the parameters, what is public and what its patterns disclose. */
export async function openApiLogs(
  ctx: Context,
  scope: Scope,
  key: { readonly disclosedAttributes: readonly string[] },
  rows: readonly FoundApiLog[],
): Promise<OwnedResource[]> {
  const patterns = compilePatterns(key.disclosedAttributes);
  const keys = patterns.isEmpty ? new Map<string, SealingKey>() : await keysOf(ctx, scope, rows);
  return rows.map((row) => apiLogResource(row, shownRequest(ctx, row, keys, patterns)));
}

async function keysOf(
  { db, vault }: Context,
  { environmentId }: Scope,
  rows: readonly FoundApiLog[],
): Promise<ReadonlyMap<string, SealingKey>> {
  const persons = rows.flatMap(({ sealedFor }) => sealedFor ?? []);
  if (persons.length === 0) return new Map();
  const wrapped = await findPersonKeys(db, environmentId, persons);
  return new Map([...wrapped].map(([id, bytes]) => [id, vault.unwrapPersonKey(environmentId, id, bytes)]));
}

function shownRequest(
  { vault }: Context,
  row: FoundApiLog,
  keys: ReadonlyMap<string, SealingKey>,
  patterns: PatternSet,
): JsonObject {
  // toEntry wrote it.
  const request = JSON.parse(row.request) as JsonObject & { readonly path: string };
  const params = patterns.isEmpty ? undefined : openParams(vault, row, keys);
  if (params === undefined) return request;
  return { ...request, ...disclosedParams(typeOfPath(request.path), params, patterns) };
}

function apiLogResource(row: FoundApiLog, request: JsonObject): OwnedResource {
  return {
    // What the key may not see is left out already.
    owner: null,
    resource: {
      type: 'api-log',
      id: row.id,
      attributes: {
        request,
        // toEntry wrote it.
        response: { status: row.status, headers: JSON.parse(row.answerHeaders) as Json },
        'created-at': row.createdAt.toISOString().replace('Z', '+00:00'),
        'redacted-at': row.redactedAt?.toISOString() ?? null,
      },
    },
  };
}
