import { describe, expect, it } from 'vitest';
import { memoryDeduplicator } from './deduplicate.ts';
import { receive } from './receive.ts';
import { readVectors, type Vector } from './testing/vectors.ts';

describe('the conformance vectors', () => {
  it.each(readVectors())('$name', async (vector) => {
    expect(await answer(vector)).toEqual(vector.expected);
  });
});

async function answer({ secrets, header, bodyBase64, now }: Vector) {
  const headers = header === null ? {} : { 'persona-signature': header };
  const reception = await receive(
    { headers, rawBody: Buffer.from(bodyBase64, 'base64') },
    { secret: secrets, deduplicator: memoryDeduplicator(), handle: () => undefined, now: () => now * 1000 },
  );
  if (reception.outcome === 'refused') return { status: reception.status, code: reception.code };
  return { status: reception.status, id: reception.event.id, name: reception.event.name };
}
