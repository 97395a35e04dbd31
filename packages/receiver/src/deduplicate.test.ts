import { describe, expect, it } from 'vitest';
import { memoryDeduplicator, type ClaimHeld, type Deduplicator } from './deduplicate.ts';

async function hold(deduplicator: Deduplicator, eventId: string): Promise<ClaimHeld> {
  const claim = await deduplicator.claim(eventId);
  if (claim.state !== 'claimed') throw new Error(`Expected ${eventId} to be claimed, it is ${claim.state}.`);
  return claim;
}

async function stateOf(deduplicator: Deduplicator, eventId: string): Promise<string> {
  return (await deduplicator.claim(eventId)).state;
}

describe('a claim', () => {
  it('is given to one of many who ask at the same time', async () => {
    const deduplicator = memoryDeduplicator();
    const claims = await Promise.all(Array.from({ length: 20 }, () => deduplicator.claim('evt_1')));
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ state }) => state === 'in_progress')).toHaveLength(19);
  });

  it('makes later deliveries duplicates once it is done', async () => {
    const deduplicator = memoryDeduplicator();
    await (await hold(deduplicator, 'evt_1')).done();
    expect(await stateOf(deduplicator, 'evt_1')).toBe('duplicate');
    expect(await stateOf(deduplicator, 'evt_2')).toBe('claimed');
  });

  it('lets the retry through once it is released', async () => {
    const deduplicator = memoryDeduplicator();
    await (await hold(deduplicator, 'evt_1')).release();
    expect(await stateOf(deduplicator, 'evt_1')).toBe('claimed');
  });

  it('ends by itself, and its holder can then not end that of the next', async () => {
    let nowMs = 0;
    const deduplicator = memoryDeduplicator({ claimMs: 1000, now: () => nowMs });
    const first = await hold(deduplicator, 'evt_1');
    nowMs = 999;
    expect(await stateOf(deduplicator, 'evt_1')).toBe('in_progress');
    nowMs = 1000;
    const second = await hold(deduplicator, 'evt_1');
    await first.release();
    await first.done();
    expect(await stateOf(deduplicator, 'evt_1')).toBe('in_progress');
    await second.done();
    expect(await stateOf(deduplicator, 'evt_1')).toBe('duplicate');
  });

  it('that ended can still be done when nobody took it over', async () => {
    let nowMs = 0;
    const deduplicator = memoryDeduplicator({ claimMs: 1000, now: () => nowMs });
    const late = await hold(deduplicator, 'evt_1');
    nowMs = 2000;
    await hold(deduplicator, 'evt_2');
    await late.done();
    expect(await stateOf(deduplicator, 'evt_1')).toBe('duplicate');
  });
});

describe('the memory', () => {
  it('forgets a handled event after its time', async () => {
    let nowMs = 0;
    const deduplicator = memoryDeduplicator({ rememberMs: 1000, now: () => nowMs });
    await (await hold(deduplicator, 'evt_1')).done();
    nowMs = 999;
    expect(await stateOf(deduplicator, 'evt_1')).toBe('duplicate');
    nowMs = 1000;
    expect(await stateOf(deduplicator, 'evt_1')).toBe('claimed');
  });

  it('forgets the oldest first when it is full', async () => {
    const deduplicator = memoryDeduplicator({ maxEntries: 2 });
    for (const id of ['evt_1', 'evt_2', 'evt_3']) await (await hold(deduplicator, id)).done();
    expect(await stateOf(deduplicator, 'evt_2')).toBe('duplicate');
    expect(await stateOf(deduplicator, 'evt_3')).toBe('duplicate');
    expect(await stateOf(deduplicator, 'evt_1')).toBe('claimed');
  });

  it('holds no more claims than it may, and says so', async () => {
    const deduplicator = memoryDeduplicator({ maxEntries: 1 });
    const first = await hold(deduplicator, 'evt_1');
    await expect(deduplicator.claim('evt_2')).rejects.toThrow('All 1 claims of the deduplicator are held.');
    await first.done();
    expect(await stateOf(deduplicator, 'evt_2')).toBe('claimed');
  });
});
