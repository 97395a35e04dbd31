import { expect, test } from 'vitest';
import { trapKey } from './crowd.ts';
import type { DeliveryRow, EventRow, History, Receipt, RequestHistory, WebhookHistory } from './history.ts';
import type { Breach, BreachKind } from './judge/breach.ts';
import { judge } from './judge/judge.ts';

/*
 * A siege that went well, in small: what the judge says of it, and of the same with one thing doctored. `well` takes
 * everything, `ill` takes nothing, `changed` was enabled at 0, disabled at 500 and enabled again at 900; `abroad`
 * belongs to production. Events are made at the moment in their name.
 */
const webhooks: readonly WebhookHistory[] = [
  webhook('well', {}),
  webhook('ill', { expectation: 'fails', enabledEvents: ['custom.siege.rare'], attempts: 3 }),
  webhook('changed', {
    changes: [
      { to: 'enabled', sentAtMs: 0, doneAtMs: 1 },
      { to: 'disabled', sentAtMs: 500, doneAtMs: 510 },
      { to: 'enabled', sentAtMs: 9_000, doneAtMs: 9_010 },
    ],
  }),
  webhook('abroad', { environment: 'production' }),
];

const good: History = {
  webhooks,
  requests: [
    request(100, [{ ref: 'ref-100', id: 'evt_100' }]),
    request(5_000, [{ ref: 'ref-5000', id: 'evt_5000' }]),
    request(9_500, [{ name: 'inquiry.approved', objectId: 'inq_1' }]),
    request(9_600, [{ ref: 'ref-9600' }], { ackedAtMs: undefined }),
    request(9_700, [{ ref: 'ref-9700' }], { ackedAtMs: undefined }),
  ],
  events: [
    event(100, { name: 'custom.siege.rare' }),
    event(5_000),
    event(9_500, { name: 'inquiry.approved', objectId: 'inq_1', ref: null }),
    event(9_600),
  ],
  deliveries: [
    row(100, 'well'),
    row(100, 'ill', { status: 'failed', reason: 'attempts_exhausted', attemptsMade: 3 }),
    row(100, 'changed', { status: 'failed', reason: 'webhook_disabled' }),
    row(5_000, 'well'),
    row(9_500, 'well'),
    row(9_500, 'changed'),
    row(9_600, 'well'),
    row(9_600, 'changed'),
  ],
  receipts: [
    receipt(100, 'well', 110),
    receipt(100, 'ill', 110, { answered: undefined }),
    receipt(100, 'changed', 900, { answered: undefined }),
    receipt(5_000, 'well', 5_010),
    receipt(5_000, 'well', 5_020),
    receipt(9_500, 'well', 9_510),
    receipt(9_500, 'changed', 9_510),
    receipt(9_600, 'well', 9_610),
    receipt(9_600, 'changed', 9_610),
  ],
  pending: [],
  actions: [],
  chaos: { fromMs: 0, toMs: 10_000 },
  endedAtMs: 20_000,
  mishaps: [],
};

test('a siege in which nothing was lost has no breach, whatever was doubled or never answered', () => {
  expect(judge(good)).toEqual([]);
});

interface Doctored {
  readonly what: string;
  readonly history: History;
  readonly kinds: readonly BreachKind[];
  readonly ids: readonly string[];
}

const doctored: readonly Doctored[] = [
  {
    what: 'an acknowledged event that is not in the database',
    history: without({ events: 'evt_5000', deliveries: 'evt_5000', receipts: 'evt_5000' }),
    kinds: ['event lost'],
    ids: ['evt_5000', 'ref-5000'],
  },
  {
    what: 'an acknowledged decision without its event',
    history: without({ events: 'evt_9500', deliveries: 'evt_9500', receipts: 'evt_9500' }),
    kinds: ['event lost'],
    ids: ['inquiry.approved inq_1'],
  },
  {
    what: 'an acknowledged event that was neither received nor ended',
    history: without({ deliveries: 'evt_5000', receipts: 'evt_5000' }),
    kinds: ['delivery lost'],
    ids: ['evt_5000', 'wbh_well'],
  },
  {
    what: 'an event that nobody acknowledged, committed and lost',
    history: without({ deliveries: 'evt_9600', receipts: 'evt_9600' }),
    kinds: ['delivery lost', 'delivery lost'],
    ids: ['evt_9600', 'wbh_well', 'wbh_changed', 'no answer'],
  },
  {
    what: 'a delivery that is recorded as completed and that its receiver never saw',
    history: without({ receipts: 'evt_5000' }),
    kinds: ['delivery lost'],
    ids: ['evt_5000', 'whe_5000_well'],
  },
  {
    what: 'a delivery that is recorded as completed and that its receiver never took',
    history: { ...good, receipts: good.receipts.map((each) => ({ ...each, answered: 500 })) },
    kinds: Array.from({ length: 6 }, () => 'wrong end' as const),
    ids: ['evt_5000'],
  },
  {
    what: 'a delivery that was received and of which no record is left',
    history: without({ deliveries: 'evt_5000' }),
    kinds: ['delivery without an end'],
    ids: ['evt_5000', 'wbh_well'],
  },
  {
    what: 'a delivery that is pending for ever',
    history: {
      ...without({ deliveries: 'evt_5000' }),
      pending: [{ eventId: 'evt_5000', webhookId: 'wbh_well' }],
    },
    kinds: ['delivery pending'],
    ids: ['evt_5000', 'wbh_well'],
  },
  {
    what: 'a delivery that ended twice',
    history: { ...good, deliveries: [...good.deliveries, row(5_000, 'well')] },
    kinds: ['delivery ended twice'],
    ids: ['evt_5000', 'wbh_well'],
  },
  {
    what: 'a receiver that is well and was given up',
    history: changed(row(5_000, 'well'), { status: 'failed', reason: 'attempts_exhausted', attemptsMade: 3 }),
    kinds: ['wrong end'],
    ids: ['evt_5000', 'whe_5000_well'],
  },
  {
    what: 'a receiver that was given up too early',
    history: changed(row(100, 'ill'), { status: 'failed', reason: 'attempts_exhausted', attemptsMade: 2 }),
    kinds: ['wrong end'],
    ids: ['evt_100', '2 of 3 attempts'],
  },
  {
    what: 'an end by a disabling that never was',
    history: changed(row(5_000, 'well'), { status: 'failed', reason: 'webhook_disabled' }),
    kinds: ['wrong end'],
    ids: ['evt_5000', 'webhook_disabled'],
  },
  {
    what: 'an event that a disabled webhook got',
    history: { ...good, deliveries: [...good.deliveries, row(5_000, 'changed')] },
    kinds: ['not wanted'],
    ids: ['evt_5000', 'wbh_changed', 'disabled'],
  },
  {
    what: 'a request to a webhook that was disabled before',
    history: { ...good, receipts: [...good.receipts, receipt(100, 'changed', 3_000)] },
    kinds: ['sent while disabled'],
    ids: ['evt_100', 'changed', '2490 ms'],
  },
  {
    what: 'a request to a webhook that did not ask for the event',
    history: { ...good, receipts: [...good.receipts, receipt(5_000, 'ill', 5_010)] },
    kinds: ['not wanted'],
    ids: ['evt_5000', 'wbh_ill'],
  },
  {
    what: 'a request to a URL that no webhook has',
    history: { ...good, receipts: [...good.receipts, receipt(5_000, 'nobody', 5_010)] },
    kinds: ['not wanted'],
    ids: ['evt_5000', 'nobody'],
  },
  {
    what: 'an event that reached another environment',
    history: { ...good, receipts: [...good.receipts, receipt(5_000, 'abroad', 5_010)] },
    kinds: ['wrong environment', 'wrong environment'],
    ids: ['evt_5000', 'wbh_abroad'],
  },
  {
    what: 'an event that is stored in another environment than that of its key',
    history: {
      ...good,
      requests: good.requests.map((each) =>
        each.sentAtMs === 5_000 ? { ...each, environment: 'production' } : each,
      ),
    },
    kinds: ['wrong environment'],
    ids: ['evt_5000'],
  },
  {
    what: 'a bad signature',
    history: {
      ...good,
      receipts: [...good.receipts, receipt(5_000, 'well', 5_010, { refusal: 'signature_mismatch' })],
    },
    kinds: ['bad signature'],
    ids: ['evt_5000', 'signature_mismatch'],
  },
  {
    what: 'a secret that had been replaced before the event was made',
    history: {
      ...good,
      webhooks: webhooks.map((each) =>
        each.key === 'well' ? { ...each, secrets: [...each.secrets, secret(200)] } : each,
      ),
    },
    kinds: ['old secret', 'old secret', 'old secret', 'old secret'],
    ids: ['evt_5000', 'secret 1'],
  },
  {
    what: 'a request about an event that was never committed',
    history: { ...good, receipts: [...good.receipts, receipt(9_700, 'well', 9_710)] },
    kinds: ['event that does not exist'],
    ids: ['evt_9700'],
  },
  {
    what: 'a redirect that was followed',
    history: { ...good, receipts: [...good.receipts, receipt(5_000, trapKey, 5_010)] },
    kinds: ['redirect followed'],
    ids: ['evt_5000'],
  },
  {
    what: 'a node that ended by itself',
    history: { ...good, mishaps: ['node 1 ended by itself with exit 1'] },
    kinds: ['mishap'],
    ids: ['node 1'],
  },
];

test.each(doctored)('the judge finds $what', ({ history, kinds, ids }) => {
  const breaches: Breach[] = judge(history);
  expect(breaches.map(({ kind }) => kind)).toEqual(kinds);
  const details = breaches.map(({ detail }) => detail).join('\n');
  for (const id of ids) expect(details).toContain(id);
});

test('an attempt whose whole second began before its webhook was enabled again is no breach', () => {
  const early = { ...receipt(9_500, 'changed', 9_520), signedAtMs: 8_900 };
  expect(judge({ ...good, receipts: [...good.receipts, early] })).toEqual([]);
  const before = { ...receipt(100, 'changed', 8_990), signedAtMs: 8_900 };
  expect(judge({ ...good, receipts: [...good.receipts, before] })).toHaveLength(1);
});

test('time in which somebody slept does not count against what arrives after a disabling', () => {
  const late = { ...good, receipts: [...good.receipts, receipt(100, 'changed', 3_000)] };
  const pause = { kind: 'node.pause', target: 'node 1', fromMs: 400, toMs: 2_000 } as const;
  expect(judge({ ...late, actions: [pause] })).toEqual([]);
  expect(judge({ ...late, actions: [{ ...pause, kind: 'node.kill' }] })).toHaveLength(1);
});

function webhook(key: string, parts: Partial<WebhookHistory>): WebhookHistory {
  return {
    id: `wbh_${key}`,
    key,
    kind: key,
    environment: 'sandbox',
    expectation: 'completes',
    isFast: true,
    enabledEvents: ['*'],
    attempts: 6,
    changes: [{ to: 'enabled', sentAtMs: 0, doneAtMs: 1 }],
    secrets: [secret(0)],
    ...parts,
  };
}

function secret(sentAtMs: number): WebhookHistory['secrets'][number] {
  return { value: `wbhsec_${String(sentAtMs)}`, sentAtMs, doneAtMs: sentAtMs + 1 };
}

function request(
  sentAtMs: number,
  makes: RequestHistory['makes'],
  parts: Partial<RequestHistory> = {},
): RequestHistory {
  return { environment: 'sandbox', sentAtMs, ackedAtMs: sentAtMs + 5, makes, ...parts };
}

function event(atMs: number, parts: Partial<EventRow> = {}): EventRow {
  const ref = `ref-${String(atMs)}`;
  return {
    environment: 'sandbox',
    id: `evt_${String(atMs)}`,
    name: 'custom.siege.common',
    objectId: null,
    ref,
    ...parts,
  };
}

function row(atMs: number, key: string, parts: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    id: `whe_${String(atMs)}_${key}`,
    eventId: `evt_${String(atMs)}`,
    webhookId: `wbh_${key}`,
    status: 'completed',
    reason: 'delivered',
    attemptsMade: 1,
    ...parts,
  };
}

function receipt(eventAtMs: number, key: string, atMs: number, parts: Partial<Receipt> = {}): Receipt {
  return {
    key,
    atMs,
    signedAtMs: atMs,
    eventId: `evt_${String(eventAtMs)}`,
    environment: 'sandbox',
    attempt: 1,
    refusal: undefined,
    secrets: [0],
    answered: 200,
    ...parts,
  };
}

/** The good history without what is about these events. */
function without(ids: { events?: string; deliveries?: string; receipts?: string }): History {
  return {
    ...good,
    events: good.events.filter(({ id }) => id !== ids.events),
    deliveries: good.deliveries.filter(({ eventId }) => eventId !== ids.deliveries),
    receipts: good.receipts.filter(({ eventId }) => eventId !== ids.receipts),
  };
}

function changed({ id }: DeliveryRow, parts: Partial<DeliveryRow>): History {
  return {
    ...good,
    deliveries: good.deliveries.map((each) => (each.id === id ? { ...each, ...parts } : each)),
  };
}
