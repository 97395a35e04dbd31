import { byteaArray, int2Array, textArray, timestamptzArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

/** One row of `api_logs`. */
export interface ApiLogRow {
  readonly environmentId: string;
  readonly id: string;
  readonly status: number;
  /** JSON. */
  readonly request: string;
  /** JSON. */
  readonly answerHeaders: string;
  /** Whose key opens `sealed`; null where the master key does. */
  readonly sealedFor: string | null;
  readonly sealed: Buffer | null;
  readonly createdAt: Date;
}

/** A row, and when the person was redacted whose key has sealed it. */
export interface FoundApiLog extends ApiLogRow {
  readonly redactedAt: Date | null;
}

/** A commit whose answer was lost is repeated with the same rows. */
const insert = statement(
  'api-logs.insert',
  `insert into api_logs (environment_id, id, status, request, answer_headers, sealed_for, sealed, created_at)
   select environment_id, id, status, request, answer_headers, sealed_for, sealed, created_at
   from unnest($1::text[], $2::text[], $3::int2[], $4::text[], $5::text[], $6::text[], $7::bytea[],
     $8::timestamptz[])
     as log (environment_id, id, status, request, answer_headers, sealed_for, sealed, created_at)
   on conflict (environment_id, id) do nothing`,
);

/** Logs of any environments, in one statement. */
export async function insertApiLogs(db: Queryable, rows: readonly ApiLogRow[]): Promise<void> {
  await db.query(insert, [
    textArray(rows.map((row) => row.environmentId)),
    textArray(rows.map((row) => row.id)),
    int2Array(rows.map((row) => row.status)),
    textArray(rows.map((row) => row.request)),
    textArray(rows.map((row) => row.answerHeaders)),
    textArray(rows.map((row) => row.sealedFor)),
    byteaArray(rows.map((row) => row.sealed)),
    timestamptzArray(rows.map((row) => row.createdAt.getTime())),
  ]);
}

/** Each is a person of their own, or none: at most one of them is found. */
const found = `l.environment_id as "environmentId", l.id, l.status, l.request, l.answer_headers as "answerHeaders",
  l.sealed_for as "sealedFor", l.sealed, l.created_at as "createdAt",
  coalesce(
    (select redacted_at from inquiries where environment_id = l.environment_id and id = l.sealed_for),
    (select redacted_at from accounts where environment_id = l.environment_id and id = l.sealed_for),
    (select redacted_at from verifications where environment_id = l.environment_id and id = l.sealed_for)
  ) as "redactedAt"`;

const find = statement(
  'api-logs.find',
  `select ${found} from api_logs l where l.environment_id = $1 and l.id = $2`,
);

export async function findApiLog(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<FoundApiLog | undefined> {
  const [row] = await db.query<FoundApiLog>(find, [environmentId, id]);
  return row;
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${found} from api_logs l
     where l.environment_id = $1
       and ($2::text is null or l.id < $2)
       and ($3::text is null or l.id > $3)
     order by l.id ${order}
     limit $4`,
  );

const newestFirst = list('api-logs.list', 'desc');
const oldestFirst = list('api-logs.list-before', 'asc');

/** In the order of the walk: newest first, or oldest first from `page.before` on. */
export function listApiLogs(db: Queryable, environmentId: string, page: Page): Promise<FoundApiLog[]> {
  const walk = page.before === null ? newestFirst : oldestFirst;
  return db.query<FoundApiLog>(walk, [environmentId, page.after, page.before, page.size]);
}
