import type {
  DeliveryRow,
  EventRow,
  History,
  PendingRow,
  Receipt,
  RequestHistory,
  Span,
} from '../history.ts';

/** One event, and when its transaction can have been committed. */
export interface KnownEvent extends EventRow {
  readonly madeIn: Span;
  readonly isAcked: boolean;
}

/** The history, in the order in which the judge asks for it. */
export interface Case {
  readonly history: History;
  readonly events: ReadonlyMap<string, KnownEvent>;
  rows(eventId: string, webhookId: string): readonly DeliveryRow[];
  pending(eventId: string, webhookId: string): readonly PendingRow[];
  receipts(eventId: string, key: string): readonly Receipt[];
}

export function openCase(history: History): Case {
  const rows = groupBy(history.deliveries, ({ eventId, webhookId }) => `${eventId} ${webhookId}`);
  const pending = groupBy(history.pending, ({ eventId, webhookId }) => `${eventId} ${webhookId}`);
  const receipts = groupBy(history.receipts, ({ eventId, key }) => `${eventId ?? ''} ${key}`);
  const requests = requestsByMark(history.requests);
  const always = { fromMs: 0, toMs: history.endedAtMs };
  const events = history.events.map((event) => {
    const request = requests.get(event.ref ?? markOf(event.name, event.objectId ?? ''));
    const madeIn =
      request === undefined
        ? always
        : { fromMs: request.sentAtMs, toMs: request.ackedAtMs ?? history.endedAtMs };
    return [event.id, { ...event, madeIn, isAcked: request?.ackedAtMs !== undefined }] as const;
  });
  return {
    history,
    events: new Map(events),
    rows: (eventId, webhookId) => rows.get(`${eventId} ${webhookId}`) ?? [],
    pending: (eventId, webhookId) => pending.get(`${eventId} ${webhookId}`) ?? [],
    receipts: (eventId, key) => receipts.get(`${eventId} ${key}`) ?? [],
  };
}

export function markOf(name: string, objectId: string): string {
  return `${name} ${objectId}`;
}

function requestsByMark(requests: readonly RequestHistory[]): ReadonlyMap<string, RequestHistory> {
  return new Map(
    requests.flatMap((request) =>
      request.makes.map(
        (mark) => ['ref' in mark ? mark.ref : markOf(mark.name, mark.objectId), request] as const,
      ),
    ),
  );
}

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
