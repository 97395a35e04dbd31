import fc from 'fast-check';
import type { DeliveryRow } from '../../db/queries/delivery-record.ts';
import { idMaker } from '../../id.ts';
import type { Comparison } from '../../search/query.ts';
import type { Equal, Query } from '../query.ts';

/** Noon of today: partitions exist for it, and for what is made minutes before and after. */
export const noonMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 43_200_000;

const ids = idMaker();
const webhookIds = ['wbh_a', 'wbh_b', 'wbh_c'];
const eventNames = ['custom.a', 'custom.b'];
const statuses = ['pending', 'completed', 'failed', 'skipped'] as const;

/** Few, so that queries and rows meet; each event was made in a millisecond of its own, or shares it with another. */
export const eventMoments = [0, 0, 1, 700, 4_000, 30_000].map((ms) => noonMs + ms);
export const eventIds = eventMoments.map((ms) => ids('event', ms));

/** How long after its creation a delivery changed: promptly, late, and before it, by another node's clock. */
const delaysMs = fc.oneof(
  fc.constantFrom(0, 1, 5, 300, 1_999, 2_000, 2_001, 60_000, -1, -5_000),
  fc.integer({ min: 0, max: 10_000 }),
);

/** A delivery of one of the events, pending or ended. */
export const rows: fc.Arbitrary<DeliveryRow> = fc
  .record({
    event: fc.nat({ max: eventIds.length - 1 }),
    webhookId: fc.constantFrom(...webhookIds),
    eventName: fc.constantFrom(...eventNames),
    status: fc.constantFrom(...statuses),
    delayMs: delaysMs,
    isAttempted: fc.boolean(),
  })
  .map(({ event, webhookId, eventName, status, delayMs, isAttempted }) => {
    const createdMs = eventMoments[event] ?? noonMs;
    const isPending = status === 'pending';
    const changedAt = new Date(createdMs + (isPending && !isAttempted ? 0 : delayMs));
    return {
      id: ids('delivery', createdMs),
      webhookId,
      eventId: eventIds[event] ?? '',
      eventName,
      status,
      reason: isPending ? null : 'test',
      resultCode: isAttempted ? 500 : null,
      attemptsMade: isAttempted ? 1 : 0,
      lastAttemptedAt: isAttempted ? changedAt : null,
      nextAttemptAt: isPending ? new Date(createdMs + 100_000) : null,
      createdAt: new Date(createdMs),
      updatedAt: changedAt,
    };
  });

const oneOf = (attribute: Equal, values: readonly string[]): fc.Arbitrary<Query> =>
  fc
    .uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
    .map((some) => ({ kind: 'in', attribute, values: new Set(some) }));

const predicates: fc.Arbitrary<Query> = fc.oneof(
  oneOf('status', statuses),
  oneOf('webhookId', webhookIds),
  oneOf('eventName', eventNames),
  oneOf('eventId', [...eventIds, 'evt_nobody']),
  fc.record({
    kind: fc.constant('time' as const),
    attribute: fc.constant('updatedAt' as const),
    comparison: fc.constantFrom<Comparison>('eq', 'gt', 'gte', 'lt', 'lte'),
    atMs: fc.oneof(
      fc.constantFrom(...eventMoments),
      fc.integer({ min: noonMs - 9_000, max: noonMs + 99_000 }),
    ),
  }),
);

const clausesOf = (inner: fc.Arbitrary<Query>): fc.Arbitrary<Query> =>
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      clauses: fc.array(inner, { minLength: 1, maxLength: 3 }),
    }),
    inner.map((clause): Query => ({ kind: 'not', clause })),
  );

/** As deep as the API takes them. */
export const queries: fc.Arbitrary<Query> = fc.oneof(
  predicates,
  clausesOf(predicates),
  clausesOf(fc.oneof(predicates, clausesOf(predicates))),
);
