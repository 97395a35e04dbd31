import './probe.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { eventBody } from '../harness/payload.ts';
import { sign } from '../harness/sign.ts';
import { serveIngest, type IngestEvent } from './ingest.ts';

/**
 * The outbox as it is usually built, and built well: a transaction for each event, a dispatcher that claims 50 with
 * `for update skip locked`, a transaction for each result. Each transaction is one prepared statement, so one round
 * trip; the dispatcher is woken from memory and never sleeps while there is work.
 */
const target = new URL(process.env['BENCH_URL'] ?? '');
const concurrency = 32;
const claimSize = 50;

const db = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 32 });
const receiver = new Pool(target.origin, { connections: concurrency, pipelining: 1 });

await db.query(`
  create table outbox_events (id text primary key, name text not null, payload text not null, created_at timestamptz not null);
  create table outbox_deliveries (
    id bigint generated always as identity primary key,
    event_id text not null references outbox_events,
    status text not null default 'pending',
    attempts integer not null default 0,
    updated_at timestamptz not null default now()
  );
  create index outbox_pending on outbox_deliveries (id) where status = 'pending';
  create table outbox_attempts (
    delivery_id bigint not null references outbox_deliveries,
    number integer not null,
    status_code integer not null,
    duration_ms integer not null,
    started_at timestamptz not null,
    primary key (delivery_id, number)
  );`);

const insert = {
  name: 'insert',
  text: `with event as (
      insert into outbox_events (id, name, payload, created_at) values ($1, $2, $3, now()) returning id
    )
    insert into outbox_deliveries (event_id) select id from event`,
};
const claim = {
  name: 'claim',
  text: `with chosen as (
      select id from outbox_deliveries where status = 'pending' order by id limit $1 for update skip locked
    )
    update outbox_deliveries d set status = 'sending', attempts = attempts + 1, updated_at = now()
    from chosen, outbox_events e
    where d.id = chosen.id and e.id = d.event_id
    returning d.id, d.attempts, e.id as "eventId", e.name, e.payload`,
};
const record = {
  name: 'record',
  text: `with delivery as (
      update outbox_deliveries set status = $3, updated_at = now() where id = $1 and status = 'sending' returning id
    )
    insert into outbox_attempts (delivery_id, number, status_code, duration_ms, started_at)
    select id, $2, $4, $5, $6 from delivery`,
};

interface Claimed {
  readonly id: string;
  readonly attempts: number;
  readonly eventId: string;
  readonly name: string;
  readonly payload: string;
}

async function store(events: readonly IngestEvent[]): Promise<string[]> {
  const ids = await Promise.all(
    events.map(async ({ attributes }) => {
      const id = `evt_${randomBytes(12).toString('hex')}`;
      await db.query({ ...insert, values: [id, attributes.name, JSON.stringify(attributes.payload)] });
      return id;
    }),
  );
  wake();
  return ids;
}

async function deliver(row: Claimed): Promise<void> {
  const startedAt = new Date();
  const startedMs = performance.now();
  const body = eventBody(row.eventId, row.name, JSON.parse(row.payload));
  const headers = { 'content-type': 'application/json', 'persona-signature': sign(body) };
  const answer = await receiver.request({ method: 'POST', path: target.pathname, headers, body });
  await answer.body.dump();
  const status = answer.statusCode < 300 ? 'completed' : 'failed';
  const durationMs = Math.round(performance.now() - startedMs);
  await db.query({
    ...record,
    values: [row.id, row.attempts, status, answer.statusCode, durationMs, startedAt],
  });
}

let underWay = 0;
let isClaiming = false;
let isWoken = false;

/** Claims whenever half of a claim has been worked off, so that sending never waits for a claim. */
function wake(): void {
  isWoken = true;
  if (isClaiming || underWay > claimSize / 2) return;
  isClaiming = true;
  isWoken = false;
  void db.query<Claimed>({ ...claim, values: [claimSize] }).then(({ rows }) => {
    isClaiming = false;
    for (const row of rows) queue.push(row);
    underWay += rows.length;
    pump();
    if (rows.length === claimSize || isWoken) wake();
  });
}

const queue: Claimed[] = [];
let sending = 0;

function pump(): void {
  while (sending < concurrency) {
    const row = queue.shift();
    if (row === undefined) return;
    sending += 1;
    void deliver(row).finally(() => {
      sending -= 1;
      underWay -= 1;
      pump();
      if (isWoken || underWay <= claimSize / 2) wake();
    });
  }
}

serveIngest(store);
