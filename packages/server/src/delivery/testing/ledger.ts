import { statement, type Database } from '../../db/database.ts';
import { pendingDeliveries } from '../../testing/pending-deliveries.ts';

export interface QueueRow {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly attemptsMade: number;
  readonly dueAt: Date;
  readonly leasedBy: string | null;
}

export interface EndedRow {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly status: string;
  readonly reason: string;
  readonly resultCode: number | null;
  readonly attemptsMade: number;
  readonly endedAt: Date;
}

export interface AttemptRow {
  readonly deliveryId: string;
  readonly number: number;
  readonly nodeId: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly stage: string | null;
  readonly cause: string | null;
  readonly answer: string;
}

/** What the database says about deliveries. */
export interface Ledger {
  queue(): Promise<QueueRow[]>;
  ended(): Promise<EndedRow[]>;
  attempts(): Promise<AttemptRow[]>;
}

const queue = statement(
  'test.queue',
  `select id, webhook_id as "webhookId", event_id as "eventId", event_name as "eventName",
     attempts_made as "attemptsMade", due_at as "dueAt", leased_by as "leasedBy"
   from (${pendingDeliveries}) pending order by id`,
);

const ended = statement(
  'test.ended',
  `select id, webhook_id as "webhookId", event_id as "eventId", event_name as "eventName", status, reason,
     result_code as "resultCode", attempts_made as "attemptsMade", ended_at as "endedAt"
   from deliveries order by id`,
);

const attempts = statement(
  'test.attempts',
  `select delivery_id as "deliveryId", number, node_id as "nodeId", started_at as "startedAt",
     duration_ms as "durationMs", status_code as "statusCode", stage, cause, answer
   from attempts
   union all
   select id, attempts_made, node_id, last_attempted_at, duration_ms, result_code, stage, cause, answer
   from deliveries where node_id is not null
   order by 1, 2`,
);

export function ledgerOf(db: Database): Ledger {
  return {
    queue: () => db.query<QueueRow>(queue),
    ended: () => db.query<EndedRow>(ended),
    attempts: () => db.query<AttemptRow>(attempts),
  };
}
