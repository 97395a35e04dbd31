import type { Context, Scope } from '../context.ts';
import { inSnapshot } from '../db/look-ups.ts';
import { findDeliveries, listAttempts } from '../db/queries/delivery-record.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { Refusal } from '../refusal.ts';
import { webhookEventResources, withAttempts } from './resource.ts';

const statementTimeoutMs = 5_000;

/** A delivery and its attempts, as of one moment. Throws `not_found`. */
export function retrieveDelivery({ db }: Context, scope: Scope, id: string): Promise<OwnedResource> {
  return inSnapshot(db, statementTimeoutMs, async (tx) => {
    const rows = await findDeliveries(tx, scope.environmentId, [id]);
    const [resource] = await webhookEventResources(tx, scope.environmentId, rows);
    if (resource === undefined) throw new Refusal('not_found');
    return withAttempts(resource, await listAttempts(tx, scope.environmentId, id));
  });
}
