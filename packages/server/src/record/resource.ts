import type { Json, JsonObject } from '@credence/contract';
import type { AttemptRow, DeliveryRow } from '../db/queries/delivery-record.ts';
import { listResends } from '../db/queries/resends.ts';
import type { Queryable } from '../db/database.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';

/** What a delivery was made from by a resend, and what it was sent again as. */
interface Links {
  readonly resendOf: string | null;
  readonly resentAs: string | null;
}

/** `webhook-event` resources, with what they were resent as. */
export async function webhookEventResources(
  db: Queryable,
  environmentId: string,
  rows: readonly DeliveryRow[],
): Promise<OwnedResource[]> {
  if (rows.length === 0) return [];
  const resends = await listResends(
    db,
    environmentId,
    rows.map(({ id }) => id),
  );
  const resentAs = new Map(resends.map((resend) => [resend.deliveryId, resend.resentAs]));
  const resendOf = new Map(resends.map((resend) => [resend.resentAs, resend.deliveryId]));
  return rows.map((row) =>
    webhookEventResource(row, {
      resendOf: resendOf.get(row.id) ?? null,
      resentAs: resentAs.get(row.id) ?? null,
    }),
  );
}

function webhookEventResource(row: DeliveryRow, { resendOf, resentAs }: Links): OwnedResource {
  const attributes: JsonObject = {
    status: row.status,
    'event-name': row.eventName,
    'webhook-id': row.webhookId,
    'event-id': row.eventId,
    'result-code': row.resultCode,
    'attempts-made': row.attemptsMade,
    'last-attempted-at': toJson(row.lastAttemptedAt),
    'created-at': row.createdAt.toISOString(),
    'updated-at': row.updatedAt.toISOString(),
    reason: row.reason,
    'next-attempt-at': toJson(row.nextAttemptAt),
    'resend-of': resendOf,
    'resent-as': resentAs,
  };
  return { owner: null, resource: { type: 'webhook-event', id: row.id, attributes } };
}

function toJson(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

/** The same delivery with its attempts, the first one first. */
export function withAttempts(
  { owner, resource }: OwnedResource,
  attempts: readonly AttemptRow[],
): OwnedResource {
  const attributes = { ...resource.attributes, attempts: attempts.map(attemptJson) };
  return { owner, resource: { ...resource, attributes } };
}

function attemptJson(attempt: AttemptRow): JsonObject {
  // The engine wrote the text, from an AttemptTimings.
  const timings = JSON.parse(attempt.timings) as Record<string, number>;
  return {
    number: attempt.number,
    'started-at': attempt.startedAt.toISOString(),
    'duration-ms': attempt.durationMs,
    'timings-ms': timingsJson(timings),
    'status-code': attempt.statusCode,
    stage: attempt.stage,
    cause: attempt.cause,
    answer: attempt.answer,
  };
}

/** A phase that did not happen is null: a connection that was there already is not made again. */
function timingsJson(timings: Readonly<Record<string, number>>): Record<string, Json> {
  const ms = (phase: string): number | null => timings[phase] ?? null;
  return {
    resolve: ms('resolve'),
    connect: ms('connect'),
    tls: ms('tls'),
    'first-byte': ms('firstByte'),
    total: ms('total'),
  };
}
