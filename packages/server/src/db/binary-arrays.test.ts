import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { byteaArray, int2Array, int4Array, int8Array, textArray, timestamptzArray } from './binary-arrays.ts';
import { statement } from './database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** What PostgreSQL makes of an encoded array: its elements, in order, as pg reads them. */
async function roundTrip(type: string, encoded: Buffer): Promise<unknown[]> {
  const rows = await database.db.query<{ value: unknown }>(
    statement(
      `test.round-trip-${type}`,
      `select value from unnest($1::${type}[]) with ordinality as u (value, place) order by place`,
    ),
    [encoded],
  );
  return rows.map(({ value }) => value);
}

/** The text of one value as PostgreSQL sees it, which no reader of ours stands between. */
async function asText(type: string, encoded: Buffer): Promise<string | undefined> {
  const [row] = await database.db.query<{ value: string }>(
    statement(`test.as-text-${type}`, `select $1::${type}[]::text as value`),
    [encoded],
  );
  return row?.value;
}

describe('an array in binary', () => {
  test('of texts keeps nulls, empty strings, quotes and every character', async () => {
    const values = [
      '',
      null,
      'null',
      'NULL',
      '{a,b}',
      '"\\',
      "it's",
      'Zoë 漢字 🎉 ﷽ e\u0301',
      '\n\t\r\u0001\u007f',
    ];
    expect(await roundTrip('text', textArray(values))).toEqual(values);
  });

  test('of texts keeps what is repeated, also behind a null and beside what is longer', async () => {
    const values = [
      'wbh_1',
      'wbh_1',
      null,
      'wbh_1',
      'é',
      'é',
      null,
      null,
      '',
      '',
      'wbh_12',
      'wbh_1',
      'wbh_1',
    ];
    expect(await roundTrip('text', textArray(values))).toEqual(values);
  });

  test('of texts replaces lone surrogates, which UTF-8 cannot write, and refuses NUL', async () => {
    expect(await roundTrip('text', textArray(['a\ud800b']))).toEqual(['a\ufffdb']);
    await expect(roundTrip('text', textArray(['a\u0000b']))).rejects.toMatchObject({ code: '22021' });
  });

  test('of bytes keeps every byte', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const values = [all, null, Buffer.alloc(0), Buffer.from([0])];
    expect(await roundTrip('bytea', byteaArray(values))).toEqual(values);
  });

  test('of integers reaches both ends of each type', async () => {
    expect(await roundTrip('int2', int2Array([-32_768, null, 0, 32_767]))).toEqual([
      -32_768,
      null,
      0,
      32_767,
    ]);
    const int4 = [-2_147_483_648, null, 0, 2_147_483_647];
    expect(await roundTrip('int4', int4Array(int4))).toEqual(int4);
    const int8 = [Number.MIN_SAFE_INTEGER, null, 0, Number.MAX_SAFE_INTEGER];
    expect(await roundTrip('int8', int8Array(int8))).toEqual(
      int8.map((value) => value && String(value)).with(2, '0'),
    );
  });

  test('refuses a number that its type cannot hold, before it is sent', () => {
    expect(() => int2Array([32_768])).toThrow(RangeError);
    expect(() => int4Array([2 ** 31])).toThrow(RangeError);
    expect(() => int8Array([0.5])).toThrow(RangeError);
    expect(() => timestamptzArray([Number.NaN])).toThrow(RangeError);
  });

  test('of times keeps milliseconds, and times before 2000 and before 1970', async () => {
    const times = [
      '2026-11-21T03:04:05.678Z',
      '2000-01-01T00:00:00.000Z',
      '1999-12-31T23:59:59.999Z',
      '1969-07-20T20:17:40.001Z',
      '0001-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ];
    const values = [...times.map((time) => Date.parse(time)), null];
    const expected = [...times.map((time) => new Date(time)), null];
    expect(await roundTrip('timestamptz', timestamptzArray(values))).toEqual(expected);
  });

  test('without elements is an array without elements, not null and not an error', async () => {
    expect(await asText('text', textArray([]))).toBe('{}');
    expect(await asText('timestamptz', timestamptzArray([]))).toBe('{}');
    expect(await roundTrip('bytea', byteaArray([]))).toEqual([]);
  });

  test('of nulls only is one', async () => {
    expect(await asText('int2', int2Array([null, null]))).toBe('{NULL,NULL}');
  });

  test('of 20,000 elements and of one with 4 MB arrives whole', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) =>
      index % 7 === 0 ? null : `row ${String(index)}`,
    );
    expect(await roundTrip('text', textArray(many))).toEqual(many);
    const large = '🎉'.repeat(1_000_000);
    expect(await roundTrip('text', textArray([large, 'after']))).toEqual([large, 'after']);
  });

  test('lies beside others of the same length in unnest', async () => {
    const rows = await database.db.query(
      statement(
        'test.beside',
        'select * from unnest($1::text[], $2::int2[], $3::timestamptz[]) as u (a, b, c)',
      ),
      [textArray(['x', null]), int2Array([null, 2]), timestamptzArray([null, 0])],
    );
    expect(rows).toEqual([
      { a: 'x', b: null, c: null },
      { a: null, b: 2, c: new Date(0) },
    ]);
  });
});
