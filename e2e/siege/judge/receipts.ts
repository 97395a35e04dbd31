import { trapKey } from '../crowd.ts';
import type { History, Receipt, Span, WebhookHistory } from '../history.ts';
import type { Breach, BreachKind } from './breach.ts';
import type { Case } from './case.ts';
import { awakeMs, statusDuring } from './state.ts';

/**
 * A node works with a copy of a webhook that is at most a second old, so that attempts may begin for a second after it was
 * disabled, and arrive later. Half a second more for a busy machine. Time in which a node was paused or PostgreSQL away
 * does not count: who sleeps between reading and beginning, begins when it wakes.
 */
export const graceMs = 1_500;

/** Everything that arrived was signed, meant for whom it reached, and made by a transaction that was committed. */
export function* judgeReceipts(open: Case): Generator<Breach> {
  const { history } = open;
  const webhooks = new Map(history.webhooks.map((webhook) => [webhook.key, webhook]));
  const pauses = asleepIn(history);
  for (const receipt of history.receipts) {
    const webhook = webhooks.get(receipt.key);
    if (receipt.key === trapKey)
      yield breachOf(receipt, 'redirect followed', 'it arrived where a redirect leads');
    else if (webhook === undefined) yield breachOf(receipt, 'not wanted', 'no webhook has this URL');
    else yield* judgeReceipt(open, { receipt, webhook, pauses });
  }
}

/** When somebody slept on whom a change of a webhook depends. */
export function asleepIn({ actions }: Pick<History, 'actions'>): readonly Span[] {
  return actions.filter(({ kind }) => kind === 'node.pause' || kind.startsWith('postgres.'));
}

interface Judged {
  readonly receipt: Receipt;
  readonly webhook: WebhookHistory;
  readonly pauses: readonly Span[];
}

function* judgeReceipt({ events }: Case, { receipt, webhook, pauses }: Judged): Generator<Breach> {
  if (receipt.refusal !== undefined) {
    yield breachOf(receipt, 'bad signature', receipt.refusal);
    return;
  }
  const event = events.get(receipt.eventId ?? '');
  if (event === undefined) {
    yield breachOf(receipt, 'event that does not exist', 'the database does not know it');
    return;
  }
  if (receipt.environment !== undefined && receipt.environment !== webhook.environment)
    yield breachOf(receipt, 'wrong environment', `made for ${receipt.environment}`);
  const lateMs = sinceDisabledMs({ receipt, webhook, pauses });
  if (lateMs > graceMs)
    yield breachOf(
      receipt,
      'sent while disabled',
      `begun ${lateMs.toFixed(0)} ms after that was acknowledged`,
    );
  const needed = webhook.secrets.findLastIndex(({ doneAtMs }) => doneAtMs < event.madeIn.fromMs);
  if (!receipt.secrets.some((index) => index >= needed))
    yield breachOf(
      receipt,
      'old secret',
      `secret ${String(needed)} was in force, signed with ${receipt.secrets.join()}`,
    );
}

/** How long nobody slept between the end of a webhook's life and the beginning of this attempt; 0 while it lived. */
export function sinceDisabledMs({ receipt, webhook, pauses }: Judged): number {
  const { signedAtMs, atMs } = receipt;
  const change = webhook.changes.findLast(({ doneAtMs }) => doneAtMs <= signedAtMs);
  if (change === undefined || change.to === 'enabled') return 0;
  // Somebody asked for another state since. `t` may be a second too early, so up to the arrival.
  if (statusDuring(webhook.changes, { fromMs: change.doneAtMs, toMs: atMs }) === undefined) return 0;
  return awakeMs({ fromMs: change.doneAtMs, toMs: signedAtMs }, pauses);
}

function breachOf(receipt: Receipt, kind: BreachKind, what: string): Breach {
  const attempt = receipt.attempt === undefined ? '' : `, attempt ${String(receipt.attempt)}`;
  return { kind, detail: `${receipt.eventId ?? 'no event'} at ${receipt.key}${attempt}: ${what}` };
}
