import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventBody, SECRET, signatureGroup } from './testing/delivery.ts';
import { POST } from './testing/readme-example.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the example in the README', () => {
  it('is the one that is compiled', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const compiled = readFileSync(new URL('./testing/readme-example.ts', import.meta.url), 'utf8');
    expect(/```ts\n([^]*?)```/.exec(readme)?.[1]).toBe(compiled);
  });

  it('applies an event, takes its duplicate, leaves what is older and refuses what is forged', async () => {
    vi.stubEnv('WEBHOOK_SECRET', SECRET);
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const newer = eventBody({ id: 'evt_2', createdAt: '2023-11-14T22:13:19.251Z' });
    const older = eventBody({ id: 'evt_1', createdAt: '2023-11-14T22:13:19.250Z' });
    expect(await post(newer)).toBe('200 handled');
    expect(await post(newer)).toBe('200 duplicate');
    expect(await post(older)).toBe('200 handled');
    expect(await post(older, signatureGroup('{}', Math.floor(Date.now() / 1000)))).toBe(
      '401 signature_mismatch',
    );
    expect(log.mock.calls).toEqual([['inquiry.approved', 'inq_2mK7vQxR4tYb8NcWdHs3JfZp']]);
  });
});

async function post(body: string, signature?: string): Promise<string> {
  const headers = { 'persona-signature': signature ?? signatureGroup(body, Math.floor(Date.now() / 1000)) };
  const response = await POST(new Request('http://receiver.test/', { method: 'POST', headers, body }));
  return `${response.status} ${await response.text()}`;
}
