import { Pool } from 'undici';
import { samplePayload } from '../harness/payload.ts';
import { machineMs } from '../harness/time.ts';

/**
 * An open loop: one event a request, at a steady rate, whether or not the server keeps up. The targets take turns.
 * Says for each event when it was sent and when the head of its answer was there.
 */
export interface PacedRequest {
  readonly url: string;
  readonly targets: readonly { readonly key: string; readonly event: string }[];
  readonly perSecond: number;
  readonly count: number;
}

export interface PacedEvent {
  readonly id: string;
  /** Index in `targets`. */
  readonly target: number;
  readonly sentMs: number;
  readonly ackMs: number;
}

interface Created {
  readonly data: readonly { readonly id: string }[];
}

async function openLoop({ url, targets, perSecond, count }: PacedRequest): Promise<PacedEvent[]> {
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  const payload = samplePayload(0);
  const requests = targets.map(({ key, event }) => ({
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ data: [{ attributes: { name: event, payload } }] }),
  }));
  const send = async (number: number): Promise<PacedEvent> => {
    const target = number % requests.length;
    const sentMs = machineMs();
    const answer = await pool.request({ method: 'POST', path: '/api/v1/events', ...requests[target] });
    const ackMs = machineMs();
    const text = await answer.body.text();
    if (answer.statusCode !== 201) throw new Error(`${String(answer.statusCode)} ${text}`);
    const [event] = (JSON.parse(text) as Created).data;
    return { id: event?.id ?? '', target, sentMs, ackMs };
  };
  const sending: Promise<PacedEvent>[] = [];
  const startMs = machineMs();
  while (sending.length < count) {
    const due = Math.floor(((machineMs() - startMs) / 1000) * perSecond) + 1;
    while (sending.length < Math.min(due, count)) sending.push(send(sending.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const events = await Promise.all(sending);
  await pool.close();
  return events;
}

process.on('message', (request: PacedRequest) => {
  void openLoop(request).then((events) => process.send?.(events));
});
process.send?.({ ready: true });
