// Receives webhooks with Express 5. Run: PORT=4000 WEBHOOK_SECRET=wbhsec_… node receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import express from 'express';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_HEADER_CHARACTERS = 1024;
const TOLERANCE_SECONDS = 300;
const MAX_REMEMBERED_EVENTS = 100_000;

// Two secrets, separated by a comma, while the secret is being rotated.
const secrets = (process.env.WEBHOOK_SECRET ?? '').split(',').filter((secret) => secret.trim() !== '');
if (secrets.length === 0) throw new Error('Set WEBHOOK_SECRET: with an empty secret anybody could sign.');

const app = express();
app.disable('x-powered-by');

// Register this route before any app.use(express.json()): once a parser has read the body, its bytes are gone.
// If the app has CSRF protection, exempt this route: the signature is what proves where a webhook is from.
app.post(
  '/{*path}',
  // `type` takes every content type; `inflate: false` because bytes are verified as they were sent.
  express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false }),
  verifySignature,
  parseEvent,
  handleEvent,
);
app.all('/{*path}', (_request, response) => {
  response.set('Allow', 'POST');
  answer(response, 405, 'use_post');
});
app.use(answerFailure);

/** Lets a request through when one v1 of one group matches one secret, and answers 401 otherwise. */
function verifySignature(request, response, next) {
  // Without a body express.raw leaves no buffer.
  if (!Buffer.isBuffer(request.body)) request.body = Buffer.alloc(0);
  const refusal = refuseSignature(request.headersDistinct['persona-signature'] ?? [], request.body);
  if (refusal !== undefined) return answer(response, 401, refusal);
  response.locals.isVerified = true;
  next();
}

function refuseSignature(values, rawBody) {
  if (values.length > 1 || values[0]?.includes(', ')) return 'header_repeated';
  const header = values[0] ?? '';
  if (header === '') return 'header_missing';
  if (header.length > MAX_HEADER_CHARACTERS) return 'header_malformed';

  // During a rotation there are two groups: t=1700000000,v1=<new> t=1700000000,v1=<old>
  const candidates = header.split(' ').flatMap((group) => {
    const valuesOf = (key) =>
      group.split(',').flatMap((pair) => (pair.startsWith(`${key}=`) ? [pair.slice(key.length + 1)] : []));
    const [t, ...moreTimes] = valuesOf('t');
    // Digits only: a dot in t would let bytes move between the time and the body.
    if (t === undefined || moreTimes.length > 0 || !/^[0-9]{1,12}$/.test(t)) return [];
    return valuesOf('v1').flatMap((v1) => (/^[0-9a-f]{64}$/.test(v1) ? [{ t, v1 }] : []));
  });
  if (candidates.length === 0) return 'header_malformed';

  // t is the time of this attempt, not of the event: a retry that comes days later is fresh.
  const nowSeconds = Math.floor(Date.now() / 1000);
  const fresh = candidates.filter(({ t }) => Math.abs(nowSeconds - Number(t)) <= TOLERANCE_SECONDS);
  if (fresh.length === 0) return 'timestamp_outside_tolerance';

  // Every candidate with every secret, also after a match: the time taken tells nothing.
  let isAuthentic = false;
  for (const { t, v1 } of fresh) {
    for (const secret of secrets) {
      const expected = createHmac('sha256', secret).update(`${t}.`).update(rawBody).digest();
      if (timingSafeEqual(expected, Buffer.from(v1, 'hex'))) isAuthentic = true;
    }
  }
  return isAuthentic ? undefined : 'signature_mismatch';
}

function parseEvent(request, response, next) {
  let text, event;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(request.body);
  } catch {
    return answer(response, 400, 'body_not_utf8');
  }
  try {
    event = JSON.parse(text)?.data;
  } catch {
    return answer(response, 400, 'body_not_json');
  }
  const isText = (value) => typeof value === 'string' && value !== '';
  const isEvent = event?.type === 'event' && isText(event.id) && isText(event.attributes?.name);
  if (!isEvent) return answer(response, 400, 'body_not_event');
  response.locals.event = { id: event.id, name: event.attributes.name };
  next();
}

const handledIds = new Set();

/**
 * The work, once for each event. Here it is only remembering the id. In earnest, insert the id into a table (primary key)
 * in the transaction that does the work: then work that failed is not remembered, and the retry does it. Order is not
 * promised: keep the resource's latest `created-at` and apply nothing older.
 */
function handleEvent(_request, response) {
  const { id } = response.locals.event;
  response.locals.isDuplicate = handledIds.has(id);
  if (response.locals.isDuplicate) return answer(response, 200, 'duplicate');
  handledIds.add(id);
  if (handledIds.size > MAX_REMEMBERED_EVENTS) handledIds.delete(handledIds.values().next().value);
  answer(response, 200, 'handled');
}

/** express.raw fails with 413 above the limit, 415 for a compressed body, 400 when the sender goes away. */

function answerFailure(error, _request, response, _next) {
  const reasons = { 400: 'body_not_read', 413: 'body_too_large', 415: 'body_compressed' };
  const reason = reasons[error.status];
  answer(response, reason === undefined ? 500 : error.status, reason ?? 'failed');
}

function answer(response, status, reason) {
  const { event, isDuplicate = false, isVerified = false } = response.locals;
  const attempt = /^[0-9]{1,6}$/.exec(response.req.get('persona-webhook-attempts-made') ?? '')?.[0];
  // Ids and names only: an event may hold personal data, and a log is no place for it.
  const line = {
    id: event?.id ?? null,
    name: event?.name ?? null,
    duplicate: isDuplicate,
    verified: isVerified,
    attempt: attempt === undefined ? null : Number(attempt),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  response.status(status).type('text/plain').send(`${reason}\n`);
}

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
server.requestTimeout = 10_000;

process.on('SIGTERM', () => {
  server.close();
  // What is under way has two seconds to end; an idle connection ends at once.
  setTimeout(() => server.closeAllConnections(), 2000).unref();
});
