import type { IncomingMessage } from 'node:http';
import { limits } from '@credence/contract';
import { expect, test } from 'vitest';
import { createBodyGate } from './body-gate.ts';

test('large bodies of one environment go few at a time; small ones and other environments do not wait for them', async () => {
  const gate = createBodyGate();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const send = (environmentId: string, bytes: number): Promise<void> =>
    gate(environmentId, { headers: { 'content-length': String(bytes) } } as IncomingMessage, async () => {
      begun.push(environmentId);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  const floods = Array.from({ length: 6 }, () => send('flooding', 100_000));
  await new Promise(setImmediate);
  expect(begun).toEqual(Array(4).fill('flooding'));
  const others = [send('quiet', 100_000), send('flooding', 1_000)];
  await new Promise(setImmediate);
  expect(begun.slice(4)).toEqual(['quiet', 'flooding']);
  ends[0]?.();
  await floods[0];
  await new Promise(setImmediate);
  expect(begun).toHaveLength(7);
  while (ends.length > 0) {
    for (const end of ends.splice(0)) end();
    await new Promise(setImmediate);
  }
  await Promise.all([...floods, ...others]);
});

test('what is not read does not wait: a body that is too long, or that of a GET', async () => {
  const gate = createBodyGate();
  const never = () => new Promise<never>(() => undefined);
  const send = <Result>(method: string, bytes: number, work: () => Promise<Result>): Promise<Result> =>
    gate('env', { method, headers: { 'content-length': String(bytes) } } as IncomingMessage, work);
  for (let count = 0; count < 4; count += 1) void send('POST', limits.bodyBytes, never);
  const answer = () => Promise.resolve('answered');
  expect(await send('POST', limits.bodyBytes + 1, answer)).toBe('answered');
  expect(await send('GET', limits.bodyBytes, answer)).toBe('answered');
});
