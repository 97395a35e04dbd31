import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEvents, isNewer, resourceKey, type EventPosition } from './order.ts';
import { parseEvent } from './parse-event.ts';
import { eventBody } from './testing/delivery.ts';

const position = fc.record({
  createdAt: fc.integer({ min: 0, max: 5 }).map((ms) => new Date(ms)),
  id: fc.string({ unit: fc.constantFrom('1', '9', 'A', 'Z', 'a', 'z'), minLength: 2, maxLength: 2 }),
});

describe('order', () => {
  it('is decided by the time, to the millisecond, before the id', () => {
    const earlier = { createdAt: new Date(1000), id: 'evt_z' };
    const later = { createdAt: new Date(1001), id: 'evt_a' };
    expect(isNewer(later, earlier)).toBe(true);
    expect(isNewer(earlier, later)).toBe(false);
  });

  it('is decided by the id within a millisecond, by code unit and not by alphabet', () => {
    const createdAt = new Date(1000);
    expect(isNewer({ createdAt, id: 'evt_a' }, { createdAt, id: 'evt_B' })).toBe(true);
    expect(isNewer({ createdAt, id: 'evt_B' }, { createdAt, id: 'evt_a' })).toBe(false);
  });

  it('takes the first event of a resource, and never the same one twice', () => {
    const event = { createdAt: new Date(1000), id: 'evt_a' };
    expect(isNewer(event, undefined)).toBe(true);
    expect(isNewer(event, { ...event, createdAt: new Date(1000) })).toBe(false);
  });

  it('leads to the same latest event in whatever order the deliveries come', () => {
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 8 }), (events) => {
        const latest = keepLatest(events);
        expect(keepLatest([...events].reverse())).toEqual(latest);
        expect(events.toSorted(compareEvents).at(-1)).toEqual(latest);
      }),
    );
  });

  it('is kept per resource', () => {
    const parsed = parseEvent(eventBody());
    expect(parsed.ok && resourceKey(parsed.event)).toBe('inquiry/inq_2mK7vQxR4tYb8NcWdHs3JfZp');
  });
});

function keepLatest(events: readonly EventPosition[]): EventPosition | undefined {
  let applied: EventPosition | undefined;
  for (const event of events) if (isNewer(event, applied)) applied = event;
  return applied;
}
