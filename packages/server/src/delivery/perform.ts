import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { AttemptRecord, DeliveryResult, HeldDelivery } from '../db/queries/delivery-results.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import { unsealSnapshot } from '../privacy/seal-snapshot.ts';
import type { PersonalAttributes } from '../privacy/document.ts';
import { startAttemptSpan } from '../observe/tracing.ts';
import type { Vault } from '../privacy/vault.ts';
import { renderEvent, type Rendered } from '../webhook/render.ts';
import { decide, type Decision } from './decide.ts';
import type { Sources } from './egress/sources.ts';
import type { PostTransport } from './egress/transport.ts';
import { validSecrets, type Endpoint } from './endpoint.ts';
import { attemptHeaders } from './headers.ts';
import { keptAnswer } from './kept-answer.ts';
import type { AcceptedDelivery, AcceptedEvent } from './intake.ts';
import type { AttemptOutcome, AttemptTimings } from './outcome.ts';
import { signatureHeader } from './signature.ts';
import { endAttemptSpan } from './trace-attempt.ts';

export interface Performer {
  readonly db: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly transport: Pick<PostTransport, 'post'>;
  readonly sources: Pick<Sources, 'next'>;
  readonly headerPrefix: string;
  readonly version: string;
}

export interface Performed {
  readonly result: DeliveryResult;
  /** undefined when no attempt was made: filtered, or the webhook takes nothing any more. */
  readonly outcome: AttemptOutcome | undefined;
}

const nobodys: PersonalAttributes = new Map();

/**
 * So long after it was handed over, a post may still be begun. A node grants itself its lease for three seconds less than
 * others do: whatever it was told to send just before the end is begun before another may send it.
 */
const patienceMs = 2_000;

/** Bodies by event and rendering, so that an event for many webhooks of one profile is rendered once. */
const rendered = new WeakMap<AcceptedEvent, Map<string, Rendered>>();

/**
 * Makes one attempt at a delivery and decides what becomes of it. Returns undefined when the attempt was cut
 * off by the end of this process: then nothing is known, nothing is recorded, and the lease goes back. Returns
 * 'elsewhere' where this node has no address of the webhook's region, and 'not_begun' where no connection was free in
 * time: then nothing was sent.
 */
export async function performDelivery(
  performer: Performer,
  endpoint: Endpoint,
  delivery: AcceptedDelivery,
): Promise<Performed | 'elsewhere' | 'not_begun' | undefined> {
  if (endpoint.status !== 'enabled')
    return ended(performer, delivery, 'failed', `webhook_${endpoint.status}`);
  const isShared = endpoint.profile.disclosed.isEmpty || delivery.event.sealedFor === null;
  const body = isShared
    ? renderShared(endpoint, delivery.event)
    : await renderDisclosed(performer, endpoint, delivery);
  if (body.kind === 'skipped') return ended(performer, delivery, 'skipped', 'payload_filter');
  // The last to look: the region may have changed since the delivery was taken.
  const source = performer.sources.next(endpoint.region);
  if (source === undefined) return 'elsewhere';
  const startedAtMs = performer.clock.nowMs();
  const attemptsMade = delivery.attemptsMade + 1;
  const span = startAttemptSpan(delivery.event.traceContext);
  const outcome = await performer.transport.post({
    key: endpoint.id,
    url: endpoint.url,
    headers: headers(performer, endpoint, delivery, { startedAtMs, attemptsMade, body: body.body }),
    body: body.body,
    timeoutMs: endpoint.timeoutMs,
    connections: endpoint.maxConcurrency,
    patienceMs,
    source,
  });
  if (outcome.kind === 'not_begun') {
    span.end();
    return 'not_begun';
  }
  if (outcome.kind === 'failed' && outcome.cause === 'shut_down') {
    endAttemptSpan(span, delivery, endpoint, outcome, undefined);
    return undefined;
  }
  const endedAtMs = performer.clock.nowMs();
  const decision = decide({ outcome, attemptsMade, policy: endpoint.policy, endedAtMs });
  endAttemptSpan(span, delivery, endpoint, outcome, decision);
  const attempted = { startedAtMs, endedAtMs, attemptsMade, outcome, decision };
  return { outcome, result: toResult(endpoint, delivery, attempted) };
}

function ended(
  { clock }: Performer,
  delivery: AcceptedDelivery,
  status: 'failed' | 'skipped',
  reason: string,
): Performed {
  const end = { status, reason };
  return {
    outcome: undefined,
    result: {
      environmentId: delivery.environmentId,
      id: delivery.id,
      end,
      retryAtMs: null,
      endedAtMs: clock.nowMs(),
      attempt: null,
      held: isHeld(delivery) ? delivery : null,
    },
  };
}

/** The bytes that every webhook of this profile gets. */
function renderShared(endpoint: Endpoint, event: AcceptedEvent): Rendered {
  const bodies = rendered.get(event) ?? new Map<string, Rendered>();
  rendered.set(event, bodies);
  const known = bodies.get(endpoint.renderIdentity);
  if (known !== undefined) return known;
  const body = renderEvent(event, endpoint.profile, nobodys);
  bodies.set(endpoint.renderIdentity, body);
  return body;
}

/** Keys are asked for at each attempt: whoever was redacted since is not shown any more. */
async function renderDisclosed(
  performer: Performer,
  endpoint: Endpoint,
  { event, environmentId }: AcceptedDelivery,
): Promise<Rendered> {
  const personal = await openPersonal(performer, environmentId, event);
  return renderEvent(event, endpoint.profile, personal);
}

async function openPersonal(
  { db, vault }: Performer,
  environmentId: string,
  event: AcceptedEvent,
): Promise<PersonalAttributes> {
  const wrapped = await findPersonKeys(db, environmentId, event.sealedFor ?? []);
  const keys = new Map([...wrapped].map(([id, key]) => [id, vault.unwrapPersonKey(environmentId, id, key)]));
  return unsealSnapshot(environmentId, event.id, event, keys);
}

interface Attempted {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attemptsMade: number;
  readonly outcome: AttemptOutcome;
  readonly decision: Decision;
}

function toResult(
  endpoint: Endpoint,
  delivery: AcceptedDelivery,
  { startedAtMs, endedAtMs, attemptsMade, outcome, decision }: Attempted,
): DeliveryResult {
  const answer = keptAnswer(outcome.answer, endpoint, delivery.event);
  return {
    environmentId: delivery.environmentId,
    id: delivery.id,
    end:
      decision.kind === 'retry'
        ? null
        : { status: decision.kind, reason: decision.kind === 'failed' ? decision.reason : 'delivered' },
    retryAtMs: decision.kind === 'retry' ? decision.atMs : null,
    endedAtMs,
    attempt: toRecord(outcome, { number: attemptsMade, startedAtMs, answer }),
    held: isHeld(delivery) ? delivery : null,
  };
}

function isHeld(delivery: AcceptedDelivery): delivery is AcceptedDelivery & HeldDelivery {
  return delivery.batch !== null;
}

interface AttemptParts {
  readonly startedAtMs: number;
  readonly attemptsMade: number;
  readonly body: Buffer;
}

function headers(
  { headerPrefix, version }: Performer,
  { secrets, policy, customHeaders }: Endpoint,
  { firstAttemptedAtMs }: AcceptedDelivery,
  { startedAtMs, attemptsMade, body }: AttemptParts,
): string[] {
  const signature = signatureHeader({
    secrets: validSecrets(secrets, startedAtMs).map(({ key }) => key),
    timestampSeconds: Math.floor(startedAtMs / 1000),
    body,
  });
  return attemptHeaders({
    prefix: headerPrefix,
    version,
    signature,
    attemptsMade,
    attemptsLeft: Math.max(0, policy.attempts - attemptsMade),
    firstAttemptedAtSeconds: Math.floor((firstAttemptedAtMs ?? startedAtMs) / 1000),
    custom: customHeaders,
  });
}

/** Field by field: a spread costs more than all the rest of a record. */
function toRecord(
  outcome: AttemptOutcome,
  known: Pick<AttemptRecord, 'number' | 'startedAtMs' | 'answer'>,
): AttemptRecord {
  const failed = outcome.kind === 'failed' ? outcome : undefined;
  return {
    number: known.number,
    startedAtMs: known.startedAtMs,
    answer: known.answer,
    durationMs: Math.round(outcome.timings.total),
    statusCode: outcome.status ?? null,
    stage: failed?.stage ?? null,
    cause: failed?.cause ?? null,
    timings: timingsText(outcome.timings),
  };
}

/** JSON of nothing but numbers: `JSON.stringify` costs as much as all the rest of a record. */
function timingsText(timings: AttemptTimings): string {
  let text = '';
  for (const [phase, ms] of Object.entries(timings)) text += `${text === '' ? '' : ','}"${phase}":${ms}`;
  return `{${text}}`;
}
