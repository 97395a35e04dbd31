// Receives webhooks with nothing but Node. Run: PORT=4000 WEBHOOK_SECRET=wbhsec_… node receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_HEADER_CHARACTERS = 1024;
const TOLERANCE_SECONDS = 300;
const MAX_REMEMBERED_EVENTS = 100_000;

// Two secrets, separated by a comma, while the secret is being rotated.
const secrets = (process.env.WEBHOOK_SECRET ?? '').split(',').filter((secret) => secret.trim() !== '');
if (secrets.length === 0) throw new Error('Set WEBHOOK_SECRET: with an empty secret anybody could sign.');

/** Why the signature is refused, or undefined when it is right. */
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

/** The event, or the reason why the body is none. Attributes that we do not know are no error. */
function parseEvent(rawBody) {
  let text, event;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
  } catch {
    return { refusal: 'body_not_utf8' };
  }
  try {
    event = JSON.parse(text)?.data;
  } catch {
    return { refusal: 'body_not_json' };
  }
  const isText = (value) => typeof value === 'string' && value !== '';
  const isEvent = event?.type === 'event' && isText(event.id) && isText(event.attributes?.name);
  return isEvent ? { id: event.id, name: event.attributes.name } : { refusal: 'body_not_event' };
}

const handledIds = new Set();

/**
 * The work, once for each event. Here it is only remembering the id. In earnest, insert the id into a table (primary key)
 * in the transaction that does the work: then work that failed is not remembered, and the retry does it. Order is not
 * promised: keep the resource's latest `created-at` and apply nothing older.
 */
function handleOnce({ id }) {
  if (handledIds.has(id)) return { isDuplicate: true };
  handledIds.add(id);
  if (handledIds.size > MAX_REMEMBERED_EVENTS) handledIds.delete(handledIds.values().next().value);
  return { isDuplicate: false };
}

/** The bytes as they arrived, or undefined when there are too many. The rest is read and dropped, so that the sender gets the answer. */
async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

async function receive(request) {
  const rawBody = await readBody(request);
  if (request.method !== 'POST') return { status: 405, reason: 'use_post' };
  if (rawBody === undefined) return { status: 413, reason: 'body_too_large' };

  const refusal = refuseSignature(request.headersDistinct['persona-signature'] ?? [], rawBody);
  if (refusal !== undefined) return { status: 401, reason: refusal };

  const event = parseEvent(rawBody);
  if (event.refusal !== undefined) return { status: 400, reason: event.refusal, isVerified: true };

  const { isDuplicate } = handleOnce(event);
  return { status: 200, reason: isDuplicate ? 'duplicate' : 'handled', isVerified: true, isDuplicate, event };
}

const server = createServer((request, response) => {
  receive(request).then(
    ({ status, reason, isVerified = false, isDuplicate = false, event }) => {
      const attempt = /^[0-9]{1,6}$/.exec(request.headers['persona-webhook-attempts-made'] ?? '')?.[0];
      // Ids and names only: an event may hold personal data, and a log is no place for it.
      const line = {
        id: event?.id ?? null,
        name: event?.name ?? null,
        duplicate: isDuplicate,
        verified: isVerified,
        attempt: attempt === undefined ? null : Number(attempt),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      response.writeHead(status, { 'content-type': 'text/plain', ...(status === 405 && { allow: 'POST' }) });
      response.end(`${reason}\n`);
    },
    // The sender went away in the middle of the body: nobody is there to answer.
    () => response.destroy(),
  );
});
server.requestTimeout = 10_000;

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});

process.on('SIGTERM', () => {
  server.close();
  // What is under way has two seconds to end; an idle connection ends at once.
  setTimeout(() => server.closeAllConnections(), 2000).unref();
});
