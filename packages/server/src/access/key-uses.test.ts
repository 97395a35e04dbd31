import { pino } from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Queryable } from '../db/database.ts';
import { idMaker } from '../id.ts';
import { newSealingKey } from '../privacy/envelope.ts';
import { createVault } from '../privacy/vault.ts';
import { testClock } from '../testing/test-clock.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { listAllApiKeys } from '../db/queries/api-keys.ts';
import { bootstrap } from './bootstrap.ts';
import { createKeyUses } from './key-uses.ts';

const log = pino({ level: 'silent' });

test('of what several nodes saw, a use is written once a minute', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const vault = createVault(newSealingKey());
  await bootstrap({ db, clock: systemClock(), ids: idMaker(), vault, sandboxKey: undefined });
  const startMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = testClock(startMs);
  const [one, other] = [createKeyUses({ db, clock, log }), createKeyUses({ db, clock, log })];
  const [key] = await listAllApiKeys(db);
  if (key === undefined) throw new Error('The first start made no key.');
  const lastUsed = async () => (await listAllApiKeys(db))[0]?.lastUsedAt?.getTime();

  // Both nodes read the key before either wrote.
  one.note(key);
  await one.write();
  clock.advance(59_000);
  other.note(key);
  await other.write();
  expect(await lastUsed()).toBe(startMs);
  clock.advance(1_000);
  other.note(key);
  await other.write();
  expect(await lastUsed()).toBe(startMs + 60_000);
});

test('while nothing can be written, what waits is bounded, and the end of the server is not held up', async () => {
  const written: number[] = [];
  let isDown = true;
  const db: Queryable = {
    query(_, values) {
      if (isDown) return Promise.reject(new Error('down'));
      // The length of an array in PostgreSQL's binary form.
      written.push((values?.[0] as Buffer).readInt32BE(12));
      return Promise.resolve([]);
    },
  };
  const uses = createKeyUses({ db, clock: testClock(0), log });
  const note = (count: number): void => {
    for (let number = 0; number < count; number += 1)
      uses.note({ environmentId: 'env_1', id: `api_${String(number)}`, lastUsedAt: null });
  };
  note(20_000);
  await uses.drain();
  isDown = false;
  await uses.drain();
  expect(written).toEqual(Array<number>(9).fill(1_000));
});
