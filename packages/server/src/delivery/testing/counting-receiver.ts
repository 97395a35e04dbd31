import { afterEach, beforeEach } from 'vitest';
import { startTestReceiver, type TestReceiver } from '../../testing/test-receiver.ts';
import { Transport } from '../egress/transport.ts';
import { gate, wrapTransport, type Gate, type TestTransport } from './faulty.ts';

export interface CountingReceiver {
  /** The receiver of the test that runs. */
  readonly now: () => TestReceiver;
  /** How often each event arrived, by its id. */
  readonly received: () => Record<string, number>;
}

/** A receiver for each test of a file. */
export function receiverOfTest(): CountingReceiver {
  let receiver: TestReceiver | undefined;
  beforeEach(async () => {
    receiver = await startTestReceiver();
  });
  afterEach(async () => {
    await receiver?.[Symbol.asyncDispose]();
  });
  const now = (): TestReceiver => {
    if (receiver === undefined) throw new Error('The receiver is started before each test.');
    return receiver;
  };
  return {
    now,
    received() {
      const counts: Record<string, number> = {};
      for (const { event } of now().received) counts[event.id] = (counts[event.id] ?? 0) + 1;
      return counts;
    },
  };
}

/** What `received` says when each of these arrived once. */
export function once(eventIds: readonly string[]): Record<string, number> {
  return Object.fromEntries(eventIds.map((id) => [id, 1]));
}

export function realTransport(): Transport {
  return new Transport({ policy: { allowedCidrs: [], allowLoopback: true } });
}

/** A transport whose posts wait at a gate before they are sent. */
export function gatedTransport(): { readonly transport: TestTransport; readonly before: Gate } {
  const before = gate();
  const transport = wrapTransport(realTransport(), async (_, post) => {
    await before.pass();
    return post();
  });
  return { transport, before };
}
