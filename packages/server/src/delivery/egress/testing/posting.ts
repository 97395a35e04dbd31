import { onTestFinished } from 'vitest';
import type { AttemptOutcome, PostOutcome } from '../../outcome.ts';
import type { PostRequest, TransportOptions } from '../transport.ts';
import { Transport } from '../transport.ts';

/** A transport that may connect to loopback and ends with the test. */
export function testTransport(options: Partial<TransportOptions> = {}): Transport {
  const transport = new Transport({ policy: { allowedCidrs: [], allowLoopback: true }, ...options });
  onTestFinished(() => transport.close(0));
  return transport;
}

/** A request with settings that suit a receiver that answers at once. */
export function postTo(url: URL, overrides: Partial<PostRequest> = {}): PostRequest {
  return {
    key: 'wbh_test',
    url,
    headers: ['Content-Type', 'application/json'],
    body: Buffer.from('{"data":1}'),
    timeoutMs: 5000,
    ...overrides,
  };
}

/** The same URL with another host name, for a resolver of the test's own. */
export function withHost(url: URL, hostname: string): URL {
  const renamed = new URL(url);
  renamed.hostname = hostname;
  return renamed;
}

/** The outcome of a post that was begun. */
export function attempted(outcome: PostOutcome): AttemptOutcome {
  if (outcome.kind === 'not_begun') throw new Error('The post was not begun.');
  return outcome;
}
