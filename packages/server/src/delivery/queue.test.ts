import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Queue } from './queue.ts';

test('a queue does what an array does', () => {
  const step = fc.oneof(
    fc.constant('shift' as const),
    fc.nat({ max: 20 }),
    fc.record({ cut: fc.nat({ max: 20 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new Queue<number>();
      const model: number[] = [];
      for (const [index, action] of steps.entries()) {
        if (action === 'shift') expect(queue.shift()).toBe(model.shift());
        else if (typeof action === 'object') expect(queue.cut(action.cut)).toEqual(model.splice(action.cut));
        else {
          queue.push(index);
          model.push(index);
        }
        expect(queue.length).toBe(model.length);
      }
    }),
  );
});
