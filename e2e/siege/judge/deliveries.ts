import type { DeliveryRow, Receipt, WebhookHistory } from '../history.ts';
import type { Breach, BreachKind } from './breach.ts';
import type { Case, KnownEvent } from './case.ts';
import { statusDuring } from './state.ts';

/** Each event at each webhook: that it went where it should, nowhere else, and ended once, by a name that is true. */
export function* judgeDeliveries(open: Case): Generator<Breach> {
  for (const event of open.events.values()) {
    for (const webhook of open.history.webhooks) {
      const breach = judge(open, event, webhook);
      if (breach !== undefined) yield breach;
    }
  }
}

function judge(open: Case, event: KnownEvent, webhook: WebhookHistory): Breach | undefined {
  const rows = open.rows(event.id, webhook.id);
  const receipts = open.receipts(event.id, webhook.key);
  const isPending = open.pending(event.id, webhook.id).length > 0;
  const breach = (kind: BreachKind, what: string): Breach => ({
    kind,
    detail:
      `${event.id} (${event.name}, ${event.isAcked ? 'acknowledged' : 'no answer'}) at ${webhook.id} ` +
      `(${webhook.key}): ${what}${rows[0] === undefined ? '' : `; delivery ${rows[0].id}`}`,
  });
  const [row] = rows;
  const isKnown = row !== undefined || isPending || receipts.length > 0;
  if (event.environment !== webhook.environment)
    return isKnown ? breach('wrong environment', `an event of ${event.environment}`) : undefined;
  if (!wants(webhook, event))
    return isKnown ? breach('not wanted', 'it did not ask for this name') : undefined;
  const status = statusDuring(webhook.changes, event.madeIn);
  if (status !== undefined && status !== 'enabled')
    return isKnown ? breach('not wanted', `it was ${status} when the event was made`) : undefined;
  if (isPending) return breach('delivery pending', 'the siege waited for its end in vain');
  if (rows.length > 1) return breach('delivery ended twice', `${String(rows.length)} rows`);
  if (row !== undefined) {
    const problem = endProblem(row, webhook, event, receipts);
    return problem === undefined ? undefined : breach(problem[0], problem[1]);
  }
  if (receipts.length > 0) return breach('delivery without an end', 'it was received, and nothing says so');
  return status === 'enabled' ? breach('delivery lost', 'neither received nor ended') : undefined;
}

function wants({ enabledEvents }: WebhookHistory, { name }: KnownEvent): boolean {
  return enabledEvents.includes('*') || enabledEvents.includes(name);
}

type Problem = readonly [BreachKind, string];

function endProblem(
  row: DeliveryRow,
  webhook: WebhookHistory,
  event: KnownEvent,
  receipts: readonly Receipt[],
): Problem | undefined {
  switch (`${row.status} ${row.reason}`) {
    case 'completed delivered':
      if (receipts.length === 0)
        return ['delivery lost', 'recorded as completed, and its receiver never saw it'];
      if (!receipts.some(({ answered }) => answered === 200))
        return ['wrong end', 'recorded as completed, and its receiver never took it'];
      return webhook.expectation === 'fails' ? ['wrong end', 'completed where nothing can be'] : undefined;
    case 'failed attempts_exhausted':
      if (webhook.expectation === 'completes')
        return ['wrong end', `given up after ${String(row.attemptsMade)} attempts, and its receiver is well`];
      if (row.attemptsMade === webhook.attempts) return undefined;
      return [
        'wrong end',
        `given up after ${String(row.attemptsMade)} of ${String(webhook.attempts)} attempts`,
      ];
    case 'failed webhook_disabled':
    case 'failed webhook_archived':
      return wasEndedLater(row, webhook, event) ? undefined : ['wrong end', `${row.reason}, and it was not`];
    default:
      return ['wrong end', `${row.status}, ${row.reason}`];
  }
}

/** Disabled or archived after the event was made, or while it was. */
function wasEndedLater(
  { reason }: DeliveryRow,
  { changes }: WebhookHistory,
  { madeIn }: KnownEvent,
): boolean {
  return changes.some(({ to, doneAtMs }) => reason === `webhook_${to}` && doneAtMs > madeIn.fromMs);
}
