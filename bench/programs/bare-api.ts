import './probe.ts';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import { randomBytes } from 'node:crypto';
import pg from 'pg';

/**
 * The least that can answer: hono over node:http, one prepared statement a request, on as many connections as the
 * product has for its API. It reads the inquiry that the product shows, or writes a row of the same size.
 */
const db = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
await db.query(
  'create table if not exists bare_inquiries (like inquiries including defaults, primary key (id))',
);

const read = { name: 'read', text: 'select * from inquiries where environment_id = $1 and id = $2' };
const write = {
  name: 'write',
  text: `insert into bare_inquiries (environment_id, id, inquiry_template_id, inquiry_template_version_id, status,
      resume_seconds, created_at, updated_at, last_event_at)
    values ($1, $2, 'itmpl_bare', 'itmplv_bare', 'created', 86400, now(), now(), now()) returning *`,
};

interface Row {
  readonly id: string;
}

const app = new Hono();
app.get('/:environment/inquiries/:id', async (call) => {
  const { environment, id } = call.req.param();
  const { rows } = await db.query<Row>({ ...read, values: [environment, id] });
  const [row] = rows;
  return row === undefined ? call.json({ errors: [] }, 404) : call.json(resource(row));
});
app.post('/:environment/inquiries', async (call) => {
  await call.req.json();
  const id = `inq_${randomBytes(12).toString('hex')}`;
  const { rows } = await db.query<Row>({ ...write, values: [call.req.param('environment'), id] });
  return call.json(resource(rows[0] ?? { id }), 201);
});

function resource({ id, ...attributes }: Row): object {
  return { data: { type: 'inquiry', id, attributes } };
}

const server = createAdaptorServer({ fetch: app.fetch }) as Server;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.send?.({ url: `http://127.0.0.1:${String(port)}` });
});
