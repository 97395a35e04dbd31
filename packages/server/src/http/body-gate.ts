import type { IncomingMessage } from 'node:http';
import { limits } from '@credence/contract';
import { LRUCache } from 'lru-cache';
import { createTurnstile } from '../turnstile.ts';

/** Parsing such a body holds up everybody for a part of a millisecond and more. */
const largeBytes = 16_384;
/** Of one environment at once. */
const width = 4;

export type BodyGate = <Result>(
  environmentId: string,
  incoming: IncomingMessage,
  work: () => Promise<Result>,
) => Promise<Result>;

/**
 * Lets an environment have few large requests in the works at once; the others wait unread. A hundred connections
 * that send as fast as they can would else have their bodies parsed in one turn of the event loop.
 */
export function createBodyGate(): BodyGate {
  const gates = new LRUCache<string, ReturnType<typeof createTurnstile>>({ max: 10_000 });
  return (environmentId, incoming, work) => {
    if (!isLarge(incoming)) return work();
    const gate = gates.get(environmentId) ?? createTurnstile(width);
    gates.set(environmentId, gate);
    return gate(work);
  };
}

/** A body of which nobody reads anything is none: of GET and HEAD, and what is refused for its length. */
function isLarge({ method, headers }: IncomingMessage): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  if (headers['transfer-encoding'] !== undefined) return true;
  const bytes = Number(headers['content-length'] ?? 0);
  return bytes > largeBytes && bytes <= limits.bodyBytes;
}
