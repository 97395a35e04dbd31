import { expect, test } from 'vitest';
import { createAskAll } from './ask-all.ts';

const text = (process: number) => [{ process, text: `of ${String(process)}` }];

test('what several processes answer comes together, and one that ends is not waited for', async () => {
  const all = createAskAll();
  const ids: number[] = [];
  const send = (id: number): void => {
    ids.push(id);
  };
  const [first, second] = [all.ask([1, 2], send), all.ask([1, 2, 3], send)];
  const [firstId = 0, secondId = 0] = ids;
  all.answered(firstId, 1, text(1));
  all.answered(secondId, 2, text(2));
  // Twice, and of one that was not asked: neither counts.
  all.answered(firstId, 1, text(1));
  all.answered(firstId, 3, text(3));
  all.ended(2);
  expect(await first).toEqual(text(1));
  all.answered(secondId, 3, text(3));
  all.answered(secondId, 1, text(1));
  expect(await second).toEqual([...text(2), ...text(3), ...text(1)]);
});

test('nobody to ask is answered at once', async () => {
  expect(await createAskAll().ask([], () => expect.unreachable())).toEqual([]);
});
