import { describe, expect, it } from 'vitest';
import { memoryDeduplicator, type Deduplicator } from './deduplicate.ts';
import { receive, type IncomingDelivery, type ReceiveOptions } from './receive.ts';
import { eventBody, now, SECRET, signatureGroup, signedDelivery } from './testing/delivery.ts';

function createReceiver(overrides: Partial<ReceiveOptions> = {}) {
  const handled: string[] = [];
  const handle = (event: { readonly id: string }) => void handled.push(event.id);
  const options: ReceiveOptions = {
    secret: SECRET,
    deduplicator: memoryDeduplicator(),
    handle,
    now,
    ...overrides,
  };
  return { handled, deliver: (delivery: IncomingDelivery) => receive(delivery, options) };
}

describe('receiving', () => {
  it('handles a verified event once and answers its duplicates with success', async () => {
    const { deliver, handled } = createReceiver();
    const delivery = signedDelivery(eventBody({ id: 'evt_1' }));
    expect(await deliver(delivery)).toMatchObject({
      outcome: 'handled',
      status: 200,
      event: { id: 'evt_1' },
    });
    expect(await deliver(delivery)).toMatchObject({
      outcome: 'duplicate',
      status: 200,
      event: { id: 'evt_1' },
    });
    expect(handled).toEqual(['evt_1']);
  });

  it('gives the handler what the headers say about the attempt', async () => {
    const seen: unknown[] = [];
    const { deliver } = createReceiver({ handle: (_, delivery) => void seen.push(delivery.attemptsMade) });
    const { headers, rawBody } = signedDelivery(eventBody());
    await deliver({ headers: { ...headers, 'Persona-Webhook-Attempts-Made': '4' }, rawBody });
    expect(seen).toEqual([4]);
  });

  it('takes the headers of the Fetch API and a prefix of the deployment', async () => {
    const { deliver } = createReceiver({ headerPrefix: 'Acme' });
    const rawBody = eventBody();
    const headers = new Headers({ 'Acme-Signature': signatureGroup(rawBody) });
    expect(await deliver({ headers, rawBody })).toMatchObject({ outcome: 'handled' });
    expect(await deliver(signedDelivery(rawBody))).toMatchObject({ code: 'header_missing' });
  });

  it('handles an event again after the handler failed', async () => {
    const failure = new Error('The database is away.');
    let attempts = 0;
    const handle = async () => {
      attempts += 1;
      if (attempts === 1) throw failure;
    };
    const { deliver } = createReceiver({ handle });
    const delivery = signedDelivery(eventBody());
    expect(await deliver(delivery)).toMatchObject({ outcome: 'failed', status: 500, cause: failure });
    expect(await deliver(delivery)).toMatchObject({ outcome: 'handled' });
  });

  it('answers no success for an event whose handler is still at work', async () => {
    let finish = () => {};
    const work = new Promise<void>((resolve) => (finish = resolve));
    const { deliver } = createReceiver({ handle: () => work });
    const delivery = signedDelivery(eventBody());
    const first = deliver(delivery);
    expect(await deliver(delivery)).toMatchObject({ outcome: 'in_progress', status: 409 });
    finish();
    expect(await first).toMatchObject({ outcome: 'handled' });
    expect(await deliver(delivery)).toMatchObject({ outcome: 'duplicate' });
  });
});

describe('a refusal', () => {
  const rawBody = eventBody();
  const headers = { 'persona-signature': signatureGroup(rawBody) };

  it.each([
    [401, 'header_missing', { headers: {}, rawBody }, {}],
    [401, 'signature_mismatch', { headers, rawBody: `${rawBody} ` }, {}],
    [401, 'timestamp_outside_tolerance', { headers, rawBody }, { now: () => 0 }],
    [401, 'header_repeated', { headers: { ...headers, 'Persona-Signature': 'x' }, rawBody }, {}],
    [400, 'body_not_json', signedDelivery('{'), {}],
    [500, 'secret_missing', { headers, rawBody }, { secret: '' }],
  ])('is answered %i for %s and neither claims nor handles', async (status, code, delivery, overrides) => {
    const claimed: string[] = [];
    const deduplicator: Deduplicator = {
      claim: async (id) => {
        claimed.push(id);
        return { state: 'duplicate' };
      },
    };
    const { deliver, handled } = createReceiver({ deduplicator, ...overrides });
    expect(await deliver(delivery)).toMatchObject({ outcome: 'refused', status, code, reason: code });
    expect(claimed).toEqual([]);
    expect(handled).toEqual([]);
  });
});

describe('a deduplicator that fails', () => {
  const cause = new Error('The store is away.');
  const fail = () => Promise.reject(cause);
  const pass = () => Promise.resolve();

  it.each([
    ['claim', { claim: fail }],
    ['done', { claim: async () => ({ state: 'claimed' as const, done: fail, release: pass }) }],
  ])('at %s is answered 500, so that the sender tries again', async (_, deduplicator) => {
    const { deliver } = createReceiver({ deduplicator });
    expect(await deliver(signedDelivery(eventBody()))).toMatchObject({
      outcome: 'failed',
      status: 500,
      cause,
    });
  });

  it('at release keeps the reason why the handler failed', async () => {
    const failure = new Error('The handler failed.');
    const { deliver } = createReceiver({
      deduplicator: { claim: async () => ({ state: 'claimed', done: pass, release: fail }) },
      handle: () => Promise.reject(failure),
    });
    const reception = await deliver(signedDelivery(eventBody()));
    expect(reception).toMatchObject({ outcome: 'failed', cause: { errors: [failure, cause] } });
  });
});
