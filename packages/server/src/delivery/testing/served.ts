import { afterAll, beforeAll } from 'vitest';
import type { Clock } from '../../clock.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';
import type { TestClock } from '../../testing/test-clock.ts';
import { ledgerOf, type AttemptRow, type EndedRow, type Ledger, type QueueRow } from './ledger.ts';
import { until } from './until.ts';

export interface Served extends Ledger {
  readonly server: TestServer;
  /** Creates and enables a webhook that gets the events that `send` makes with `name`, and no other. */
  subscribe(
    url: string,
    name: string,
    attributes?: Readonly<Record<string, unknown>>,
  ): Promise<{ id: string; secret: string }>;
  /** Records an event of this name through the API. Returns its id. */
  send(name: string, payload?: Readonly<Record<string, unknown>>): Promise<string>;
  change(webhookId: string, attributes: Readonly<Record<string, unknown>>): Promise<void>;
  setStatus(webhookId: string, verb: 'enable' | 'disable' | 'archive'): Promise<void>;
  /** The row of a delivery that waits for its next attempt. */
  waiting(webhookId: string, attemptsMade: number): Promise<QueueRow>;
  end(webhookId: string): Promise<EndedRow>;
  attemptsOf(deliveryId: string): Promise<AttemptRow[]>;
}

/** The server of a test file. Tests are apart by the names of their events. */
export function serverOfFile(clock?: Clock): () => Served {
  let served: Served | undefined;
  beforeAll(async () => {
    served = serve(await startTestServer(clock === undefined ? {} : { clock }));
  });
  afterAll(async () => {
    await served?.server[Symbol.asyncDispose]();
  });
  return () => {
    if (served === undefined) throw new Error('The server is started before the first test.');
    return served;
  };
}

export function serve(server: TestServer): Served {
  const ledger = ledgerOf(server.db);
  return {
    ...ledger,
    server,
    subscribe: (url, name, attributes = {}) =>
      server.webhook(url, { 'enabled-events': [`custom.${name}`], ...attributes }),
    async send(name, payload = {}) {
      const data = [{ attributes: { name: `custom.${name}`, payload } }];
      const answer = await server.api('POST', '/events', { data });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.json.data[0].id;
    },
    async change(webhookId, attributes) {
      const answer = await server.api('PATCH', `/webhooks/${webhookId}`, { data: { attributes } });
      if (answer.status !== 200) throw new Error(answer.text);
    },
    async setStatus(webhookId, verb) {
      const answer = await server.api('POST', `/webhooks/${webhookId}/${verb}`);
      if (answer.status !== 200) throw new Error(answer.text);
    },
    waiting: (webhookId, attemptsMade) =>
      until(`attempt ${String(attemptsMade)} is recorded`, async () =>
        (await ledger.queue()).find(
          (row) => row.webhookId === webhookId && row.attemptsMade === attemptsMade && row.leasedBy === null,
        ),
      ),
    end: (webhookId) =>
      until('the delivery has ended', async () =>
        (await ledger.ended()).find((row) => row.webhookId === webhookId),
      ),
    attemptsOf: async (deliveryId) =>
      (await ledger.attempts()).filter((row) => row.deliveryId === deliveryId),
  };
}

/** Moves a test clock to `atMs`, once the engine has looked and sleeps until then; nothing happens before. */
export async function passTo(clock: TestClock, atMs: number): Promise<void> {
  clock.advance(atMs - clock.nowMs() - 1);
  await until('the engine waits for that moment', () => clock.scheduled.includes(atMs));
  clock.advance(1);
}
