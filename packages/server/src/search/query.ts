export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';

/** A search, taken apart. `Equal` names what is compared with a set of texts, `Time` what is compared with a moment. */
export type Query<Equal extends string, Time extends string> =
  | { readonly kind: 'and' | 'or'; readonly clauses: readonly Query<Equal, Time>[] }
  | { readonly kind: 'not'; readonly clause: Query<Equal, Time> }
  | { readonly kind: 'in'; readonly attribute: Equal; readonly values: ReadonlySet<string> }
  | {
      readonly kind: 'time';
      readonly attribute: Time;
      readonly comparison: Comparison;
      readonly atMs: number;
    };

/** What a search looks at of one row. */
export type Searched<Equal extends string, Time extends string> = Readonly<Record<Equal, string | null>> &
  Readonly<Record<Time, Date>>;

export function matches<Equal extends string, Time extends string>(
  query: Query<Equal, Time>,
  row: Searched<Equal, Time>,
): boolean {
  const texts: Readonly<Record<Equal, string | null>> = row;
  const times: Readonly<Record<Time, Date>> = row;
  switch (query.kind) {
    case 'and':
      return query.clauses.every((clause) => matches(clause, row));
    case 'or':
      return query.clauses.some((clause) => matches(clause, row));
    case 'not':
      return !matches(query.clause, row);
    case 'in': {
      const text = texts[query.attribute];
      return text !== null && query.values.has(text);
    }
    case 'time':
      return compares(times[query.attribute].getTime(), query.comparison, query.atMs);
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
export function valuesOf<Equal extends string, Time extends string>(
  query: Query<Equal, Time>,
  attribute: Equal,
): ReadonlySet<string> | undefined {
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
    case 'time':
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

/** When `attribute` is of everything that matches. As with `valuesOf`, it may be longer than it need be. */
export function spanOf<Equal extends string, Time extends string>(
  query: Query<Equal, Time>,
  attribute: Time,
): Span {
  switch (query.kind) {
    case 'and': {
      const spans = query.clauses.map((clause) => spanOf(clause, attribute));
      return {
        fromMs: Math.max(...spans.map(({ fromMs }) => fromMs)),
        toMs: Math.min(...spans.map(({ toMs }) => toMs)),
      };
    }
    case 'or': {
      const spans = query.clauses.map((clause) => spanOf(clause, attribute));
      return {
        fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)),
        toMs: Math.max(...spans.map(({ toMs }) => toMs)),
      };
    }
    case 'time':
      if (query.attribute !== attribute) return always;
      return {
        fromMs: query.comparison.startsWith('l') ? -Infinity : query.atMs,
        toMs: query.comparison.startsWith('g') ? Infinity : query.atMs,
      };
    case 'not':
    case 'in':
      return always;
  }
}
