import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Equal } from '../record/query.ts';
import { queries, rows } from '../record/testing/searches.ts';
import { matches, spanOf, valuesOf } from './query.ts';

const equals: readonly Equal[] = ['status', 'webhookId', 'eventId', 'eventName', 'id'];

test('where a query says to look holds everything that matches', () => {
  fc.assert(
    fc.property(queries, fc.array(rows, { minLength: 1, maxLength: 8 }), (query, some) => {
      const span = spanOf(query, 'updatedAt');
      for (const row of some.filter((each) => matches(query, each))) {
        for (const attribute of equals) {
          expect(valuesOf(query, attribute)?.has(row[attribute]) ?? true).toBe(true);
        }
        expect(row.updatedAt.getTime()).toBeGreaterThanOrEqual(span.fromMs);
        expect(row.updatedAt.getTime()).toBeLessThanOrEqual(span.toMs);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('not turns the answer round, and and/or of both is none and all', () => {
  fc.assert(
    fc.property(queries, rows, (query, row) => {
      const not = { kind: 'not', clause: query } as const;
      expect(matches(not, row)).toBe(!matches(query, row));
      expect(matches({ kind: 'and', clauses: [query, not] }, row)).toBe(false);
      expect(matches({ kind: 'or', clauses: [query, not] }, row)).toBe(true);
    }),
  );
});
