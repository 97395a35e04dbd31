import type { ClaimHeld, Deduplicator } from './deduplicate.ts';
import { readDeliveryHeaders, type DeliveryHeaders } from './delivery-headers.ts';
import { headerValues, type HeaderSource } from './header-source.ts';
import { parseEvent, type EventRefusal, type WebhookEvent } from './parse-event.ts';
import { verifySignature, type SignatureRefusal, type VerifyOptions } from './verify.ts';

export interface IncomingDelivery {
  readonly headers: HeaderSource;
  /** The body exactly as it arrived. Cap its size while reading: 1 MB is ample. */
  readonly rawBody: Uint8Array | string;
}

export interface ReceiveOptions extends Pick<VerifyOptions, 'secret' | 'toleranceSeconds' | 'now'> {
  readonly deduplicator: Deduplicator;
  /**
   * Your work. Called once for an event that is verified and not known. To throw or to reject means "not done": the
   * answer is 500 and the retry calls it again. The sender waits 5 seconds: queue what takes longer.
   */
  readonly handle: (event: WebhookEvent, delivery: DeliveryHeaders) => Promise<void> | void;
  /** Where a deployment has set `CREDENCE_HEADER_PREFIX`. Default `Persona`. */
  readonly headerPrefix?: string | undefined;
}

/** What happened, with the `status` to answer and a `reason` that is safe to send as the body. */
export type Reception =
  | (Received & { readonly outcome: 'handled'; readonly status: 200 })
  | (Received & { readonly outcome: 'duplicate'; readonly status: 200 })
  /** The same event is being handled at this moment; the sender tries again. */
  | (Received & { readonly outcome: 'in_progress'; readonly status: 409 })
  /** The handler or the deduplicator failed; the sender tries again. Log the `cause`. */
  | (Received & { readonly outcome: 'failed'; readonly status: 500; readonly cause: unknown })
  | Refused;

interface Received {
  readonly reason: string;
  readonly event: WebhookEvent;
  readonly delivery: DeliveryHeaders;
}

/** 401 for a signature, 400 for a body that is signed but not an event, 500 where this receiver is set up wrongly. */
export interface Refused {
  readonly outcome: 'refused';
  readonly status: 400 | 401 | 500;
  readonly reason: string;
  readonly code: SignatureRefusal | EventRefusal;
  /** For your log, not for the sender. */
  readonly message: string;
}

/** Verify, parse, deduplicate, handle. Never rejects: what goes wrong is in the result. */
export async function receive(delivery: IncomingDelivery, options: ReceiveOptions): Promise<Reception> {
  const { headers, rawBody } = delivery;
  const { secret, toleranceSeconds, now, headerPrefix = 'Persona' } = options;
  const header = headerValues(headers, `${headerPrefix}-Signature`);
  const verification = verifySignature({ header, rawBody, secret, toleranceSeconds, now });
  if (!verification.ok) return refused(verification.code, verification.message);

  const parsed = parseEvent(rawBody);
  if (!parsed.ok) return refused(parsed.code, parsed.message);

  return handleOnce(parsed.event, readDeliveryHeaders(headers, headerPrefix), options);
}

async function handleOnce(
  event: WebhookEvent,
  delivery: DeliveryHeaders,
  { deduplicator, handle }: ReceiveOptions,
): Promise<Reception> {
  let held: ClaimHeld | undefined;
  try {
    const claim = await deduplicator.claim(event.id);
    if (claim.state === 'duplicate')
      return { outcome: claim.state, status: 200, reason: 'duplicate', event, delivery };
    if (claim.state === 'in_progress') {
      return { outcome: claim.state, status: 409, reason: 'in_progress', event, delivery };
    }
    held = claim;
    await handle(event, delivery);
    await held.done();
    return { outcome: 'handled', status: 200, reason: 'handled', event, delivery };
  } catch (error) {
    const cause = await causeAfterRelease(error, held);
    return { outcome: 'failed', status: 500, reason: 'failed', event, delivery, cause };
  }
}

async function causeAfterRelease(error: unknown, held: ClaimHeld | undefined): Promise<unknown> {
  try {
    await held?.release();
    return error;
  } catch (releaseError) {
    return new AggregateError([error, releaseError], 'The handler failed, and so did releasing its claim.');
  }
}

function refused(code: Refused['code'], message: string): Refused {
  return { outcome: 'refused', status: statusOf(code), reason: code, code, message };
}

function statusOf(code: Refused['code']): Refused['status'] {
  switch (code) {
    case 'header_missing':
    case 'header_repeated':
    case 'header_malformed':
    case 'timestamp_outside_tolerance':
    case 'signature_mismatch':
      return 401;
    case 'body_not_utf8':
    case 'body_not_json':
    case 'body_not_event':
      return 400;
    case 'secret_missing':
    case 'body_not_raw':
      return 500;
  }
}
