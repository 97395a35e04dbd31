import { describe, expect, test } from 'vitest';
import { rotateSecret } from '../db/queries/webhook-secrets.ts';
import { setWebhookStatus } from '../db/queries/webhooks.ts';
import { testClock } from '../testing/test-clock.ts';
import { secretPlace } from '../webhook/places.ts';
import { createEndpoints } from './endpoints.ts';
import { faultyDatabase, gate } from './testing/faulty.ts';
import { signingKey } from './signature.ts';
import { todayMs, worldOfFile } from './testing/world.ts';

const clock = testClock(todayMs());
const worldNow = worldOfFile(clock);

async function setUp() {
  const world = worldNow();
  const db = faultyDatabase(world.db);
  const endpoints = createEndpoints(db, world.vault, clock);
  const webhookId = await world.webhook('https://example.com/hook');
  const { environmentId } = world.scope;
  return {
    world,
    db,
    webhookId,
    environmentId,
    reads: () => db.sent('webhooks.find'),
    get: (revision: string) => endpoints.get(environmentId, webhookId, revision),
    disable: () => setWebhookStatus(world.db, environmentId, webhookId, 'disabled'),
  };
}

describe('the webhook that an attempt works with', () => {
  test('is read once for many deliveries, and again after a second', async () => {
    const at = await setUp();
    await Promise.all(Array.from({ length: 50 }, () => at.get('2')));
    await at.get('2');
    expect(at.reads()).toBe(1);
    clock.advance(999);
    await at.get('2');
    expect(at.reads()).toBe(1);
    clock.advance(1);
    await at.get('2');
    expect(at.reads()).toBe(2);
  });

  test('is opened and compiled again only where it has changed', async () => {
    const at = await setUp();
    const opened = await at.get('2');
    clock.advance(1_000);
    expect(await at.get('2')).toBe(opened);
    expect([at.reads(), at.db.sent('webhook-secrets.list')]).toEqual([2, 1]);
    await at.disable();
    clock.advance(1_000);
    expect(await at.get('2')).toMatchObject({ status: 'disabled', revision: 3n });
    expect(at.db.sent('webhook-secrets.list')).toBe(2);
  });

  test('is never older than the event that is delivered', async () => {
    const at = await setUp();
    expect(await at.get('2')).toMatchObject({ status: 'enabled', revision: 2n });
    await at.disable();
    expect(await at.get('2')).toMatchObject({ status: 'enabled' });
    expect(await at.get('3')).toMatchObject({ status: 'disabled', revision: 3n });
    // An older delivery gets the newer copy.
    expect(await at.get('2')).toMatchObject({ status: 'disabled' });
  });

  test('is not an older one because its read ended later', async () => {
    const at = await setUp();
    const slow = gate();
    at.db.intercept('webhook-secrets.list', async (run) => {
      await slow.pass();
      return run();
    });
    const old = at.get('2');
    await slow.reached;
    await at.disable();
    at.db.intercept('webhook-secrets.list', undefined);
    expect(await at.get('3')).toMatchObject({ revision: 3n });
    slow.open();
    expect(await old).toMatchObject({ revision: 2n });
    expect(await at.get('3')).toMatchObject({ revision: 3n, status: 'disabled' });
  });

  test('is read again where the read took so long that it may have been disabled meanwhile', async () => {
    const at = await setUp();
    const slow = gate();
    at.db.intercept('webhook-secrets.list', async (run) => {
      await slow.pass();
      return run();
    });
    const late = at.get('2');
    await slow.reached;
    await at.disable();
    clock.advance(1_000);
    at.db.intercept('webhook-secrets.list', undefined);
    slow.open();
    expect(await late).toMatchObject({ status: 'disabled' });
  });

  test('is refused where no read is quick enough', async () => {
    const at = await setUp();
    at.db.intercept('webhook-secrets.list', (run) => {
      clock.advance(1_000);
      return run();
    });
    await expect(at.get('2')).rejects.toThrow('within 1000 ms');
  });

  test('is read again after a read that failed', async () => {
    const at = await setUp();
    at.db.intercept('webhooks.find', () => Promise.reject(new Error('away')));
    await expect(at.get('2')).rejects.toThrow('away');
    at.db.intercept('webhooks.find', undefined);
    expect(await at.get('2')).toMatchObject({ status: 'enabled' });
  });

  test('has the secrets that are valid, newest first, and each its end', async () => {
    const at = await setUp();
    const { environmentId, webhookId, world } = at;
    const sealed = world.vault.sealSecret(secretPlace(environmentId, webhookId), 'wbhsec_new');
    const retireAt = new Date(clock.nowMs() + 5_000);
    await rotateSecret(world.db, { environmentId, webhookId, sealed, retireAt });
    const { secrets } = await at.get('2');
    expect(secrets.map(({ expiresAtMs }) => expiresAtMs)).toEqual([null, retireAt.getTime()]);
    expect(secrets[0]?.key).toEqual(signingKey('wbhsec_new'));
    clock.advance(5_000);
    expect((await at.get('2')).secrets).toHaveLength(1);
  });
});
