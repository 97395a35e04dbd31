import type { DeliveryRow } from '../db/queries/delivery-record.ts';

/** What a search compares for equality. */
export type Equal = 'status' | 'webhookId' | 'eventId' | 'eventName' | 'id';

export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';

/** A search, taken apart. `Attribute` is what is compared with a set of values. */
export type Query<Attribute extends string = Equal> =
  | { readonly kind: 'and' | 'or'; readonly clauses: readonly Query<Attribute>[] }
  | { readonly kind: 'not'; readonly clause: Query<Attribute> }
  | { readonly kind: 'in'; readonly attribute: Attribute; readonly values: ReadonlySet<string> }
  | { readonly kind: 'updated'; readonly comparison: Comparison; readonly atMs: number };

export function matches(query: Query, row: DeliveryRow): boolean {
  switch (query.kind) {
    case 'and':
      return query.clauses.every((clause) => matches(clause, row));
    case 'or':
      return query.clauses.some((clause) => matches(clause, row));
    case 'not':
      return !matches(query.clause, row);
    case 'in':
      return query.values.has(row[query.attribute]);
    case 'updated':
      return compares(row.updatedAt.getTime(), query.comparison, query.atMs);
  }
}

function compares(one: number, comparison: Comparison, other: number): boolean {
  switch (comparison) {
    case 'eq':
      return one === other;
    case 'gt':
      return one > other;
    case 'gte':
      return one >= other;
    case 'lt':
      return one < other;
    case 'lte':
      return one <= other;
  }
}

/**
 * The values that `attribute` has in everything that matches; undefined where the query does not bound them. It may
 * name more than match: it says where to look, and `matches` decides.
 */
export function valuesOf(query: Query, attribute: Equal): ReadonlySet<string> | undefined {
  switch (query.kind) {
    case 'in':
      return query.attribute === attribute ? query.values : undefined;
    case 'and': {
      const bounds = query.clauses.map((clause) => valuesOf(clause, attribute)).filter(isBound);
      const [first, ...others] = bounds;
      if (first === undefined) return undefined;
      return new Set([...first].filter((value) => others.every((other) => other.has(value))));
    }
    case 'or': {
      const bounds = query.clauses.map((clause) => valuesOf(clause, attribute));
      return bounds.every(isBound) ? new Set(bounds.flatMap((bound) => [...bound])) : undefined;
    }
    case 'not':
    case 'updated':
      return undefined;
  }
}

function isBound(values: ReadonlySet<string> | undefined): values is ReadonlySet<string> {
  return values !== undefined;
}

/** A span of time in milliseconds, both ends included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const always: Span = { fromMs: -Infinity, toMs: Infinity };

/** When everything that matches was updated. As with `valuesOf`, it may be longer than it need be. */
export function spanOf(query: Query): Span {
  switch (query.kind) {
    case 'and': {
      const spans = query.clauses.map(spanOf);
      return {
        fromMs: Math.max(...spans.map(({ fromMs }) => fromMs)),
        toMs: Math.min(...spans.map(({ toMs }) => toMs)),
      };
    }
    case 'or': {
      const spans = query.clauses.map(spanOf);
      return {
        fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)),
        toMs: Math.max(...spans.map(({ toMs }) => toMs)),
      };
    }
    case 'updated':
      return {
        fromMs: query.comparison.startsWith('l') ? -Infinity : query.atMs,
        toMs: query.comparison.startsWith('g') ? Infinity : query.atMs,
      };
    case 'not':
    case 'in':
      return always;
  }
}
