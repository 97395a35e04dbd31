import type { ActionHistory, History, Receipt, Span, WebhookHistory } from './history.ts';
import { openCase, type Case } from './judge/case.ts';
import { asleepIn, sinceDisabledMs } from './judge/receipts.ts';

export interface Figures {
  readonly requests: { readonly acknowledged: number; readonly unanswered: number };
  readonly events: { readonly acknowledged: number; readonly others: number };
  /** Rows of deliveries by `status reason`. */
  readonly ends: Readonly<Record<string, number>>;
  readonly receipts: number;
  /** Received again by a receiver that had taken it before. */
  readonly duplicates: number;
  /** Acknowledgement to receipt at receivers that are well, milliseconds. */
  readonly latency: { readonly before: Quantiles; readonly during: Quantiles };
  /** The longest that an attempt began after its webhook was disabled, time asleep not counted. */
  readonly latestAfterDisabledMs: number;
  readonly recoveries: readonly Recovery[];
}

export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How the work went on after one act. */
export interface Recovery {
  readonly kind: ActionHistory['kind'];
  readonly target: string;
  readonly holdMs: number;
  /** Until the first acknowledgement of a request that was sent after the act began. */
  readonly untilAcknowledgedMs: number | undefined;
  /** Acknowledged before the act and not yet received by receivers that are well. */
  readonly owed: number;
  /** Until all of that was received. */
  readonly untilPaidMs: number | undefined;
}

interface Arrival {
  readonly ackedAtMs: number;
  readonly receivedAtMs: number;
}

export function figuresOf(history: History): Figures {
  const open = openCase(history);
  const arrivals = arrivalsOf(open);
  const acked = history.requests.filter(({ ackedAtMs }) => ackedAtMs !== undefined);
  const ackedEvents = [...open.events.values()].filter(({ isAcked }) => isAcked).length;
  const { fromMs, toMs } = history.chaos;
  return {
    requests: { acknowledged: acked.length, unanswered: history.requests.length - acked.length },
    events: { acknowledged: ackedEvents, others: open.events.size - ackedEvents },
    ends: countBy(history.deliveries.map(({ status, reason }) => `${status} ${reason}`)),
    receipts: history.receipts.length,
    duplicates: duplicatesIn(history.receipts),
    latency: {
      before: latencyIn(arrivals, { fromMs: 0, toMs: fromMs }),
      during: latencyIn(arrivals, { fromMs, toMs }),
    },
    latestAfterDisabledMs: latestAfterDisabled(history),
    recoveries: history.actions.map((action) => recoveryFrom(action, history, arrivals)),
  };
}

/** First receipts of acknowledged events at receivers that are well and whose webhooks nobody changed. */
function arrivalsOf({ history, events, receipts }: Case): Arrival[] {
  const steady = history.webhooks.filter(({ isFast, changes }) => isFast && changes.length === 1);
  return [...events.values()].flatMap((event) => {
    if (!event.isAcked) return [];
    return steady.flatMap(({ key }: WebhookHistory) => {
      const [first] = receipts(event.id, key);
      return first === undefined ? [] : [{ ackedAtMs: event.madeIn.toMs, receivedAtMs: first.atMs }];
    });
  });
}

function latencyIn(arrivals: readonly Arrival[], { fromMs, toMs }: Span): Quantiles {
  const values = arrivals
    .filter(({ ackedAtMs }) => ackedAtMs >= fromMs && ackedAtMs < toMs)
    // It may arrive before the client has read its answer.
    .map(({ ackedAtMs, receivedAtMs }) => Math.max(0, receivedAtMs - ackedAtMs))
    .toSorted((one, other) => one - other);
  const at = (share: number): number =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
  return { count: values.length, p50: at(0.5), p99: at(0.99), max: values.at(-1) ?? 0 };
}

function duplicatesIn(receipts: readonly Receipt[]): number {
  const taken = new Set<string>();
  let duplicates = 0;
  for (const { eventId, key, answered } of receipts.toSorted((one, other) => one.atMs - other.atMs)) {
    const name = `${eventId ?? ''} ${key}`;
    if (taken.has(name)) duplicates += 1;
    if (answered === 200) taken.add(name);
  }
  return duplicates;
}

function latestAfterDisabled(history: History): number {
  const { webhooks, receipts } = history;
  const byKey = new Map(webhooks.map((webhook) => [webhook.key, webhook]));
  const pauses = asleepIn(history);
  return receipts.reduce((latestMs, receipt) => {
    const webhook = byKey.get(receipt.key);
    return webhook === undefined
      ? latestMs
      : Math.max(latestMs, sinceDisabledMs({ receipt, webhook, pauses }));
  }, 0);
}

function recoveryFrom(action: ActionHistory, { requests }: History, arrivals: readonly Arrival[]): Recovery {
  const { kind, target, fromMs, toMs } = action;
  const acks = requests.flatMap(({ sentAtMs, ackedAtMs }) =>
    ackedAtMs !== undefined && sentAtMs >= fromMs ? [ackedAtMs - fromMs] : [],
  );
  const owed = arrivals.filter(({ ackedAtMs, receivedAtMs }) => ackedAtMs < fromMs && receivedAtMs > fromMs);
  return {
    kind,
    target,
    holdMs: toMs - fromMs,
    untilAcknowledgedMs: minimum(acks),
    owed: owed.length,
    untilPaidMs: owed.reduce<number | undefined>(
      (longest, { receivedAtMs }) => Math.max(longest ?? 0, receivedAtMs - fromMs),
      undefined,
    ),
  };
}

/** Of any number of values: spread into Math.min, a million would overflow the stack. */
function minimum(values: readonly number[]): number | undefined {
  return values.reduce<number | undefined>((least, value) => Math.min(least ?? Infinity, value), undefined);
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
