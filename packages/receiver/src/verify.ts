import { createHmac, timingSafeEqual } from 'node:crypto';

/** Replays older than this are refused unless `toleranceSeconds` says otherwise. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

/** Two groups, the most that is ever sent, are 157 characters. The limit bounds the work an unknown caller can cause. */
export const MAX_SIGNATURE_HEADER_CHARACTERS = 1024;

/**
 * Why a signature was refused.
 *
 * - `header_missing` no `Persona-Signature` header, or an empty one
 * - `header_repeated` the header came more than once
 * - `header_malformed` no group `t=<unix seconds>,v1=<64 lower-case hex>` in it, or longer than 1024 characters
 * - `timestamp_outside_tolerance` signed too long ago, or too far in the future
 * - `signature_mismatch` not signed with any of the secrets, or changed on the way
 * - `secret_missing` this receiver has no secret, or an empty one: with an empty key anybody could sign
 * - `body_not_raw` the body is neither bytes nor text; usually a framework has parsed it already
 */
export type SignatureRefusal =
  | 'header_missing'
  | 'header_repeated'
  | 'header_malformed'
  | 'timestamp_outside_tolerance'
  | 'signature_mismatch'
  | 'secret_missing'
  | 'body_not_raw';

export interface VerifyOptions {
  /** The value of `Persona-Signature`: as a string, or as the list of values that some runtimes give. */
  readonly header: string | readonly string[] | null | undefined;
  /** The body exactly as it arrived. A parsed body that was turned into text again has other bytes. */
  readonly rawBody: Uint8Array | string;
  /** The whole secret, `wbhsec_` included. Several while a secret is being rotated; any one may match. */
  readonly secret: string | readonly string[];
  /**
   * How far `t` may be from now, in seconds, both ways. Default 300; `Infinity` switches the check off.
   *
   * Persona documents no window. 300 seconds is safe with retries that come days later, because `t` is the time of
   * the attempt and not of the event: every retry is signed anew. Switch it off only for a request that was stored
   * and is verified later, or where the clock cannot be trusted.
   */
  readonly toleranceSeconds?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

export type Verification =
  | {
      readonly ok: true;
      /** When this attempt was signed. */
      readonly timestamp: Date;
      /** Which of the secrets matched, so that you see when the old one is no longer used. */
      readonly secretIndex: number;
    }
  | SignatureFailure;

export interface SignatureFailure {
  readonly ok: false;
  readonly code: SignatureRefusal;
  /** For a log: says what was expected; holds neither a secret nor anything of the body. */
  readonly message: string;
}

/**
 * Says whether a delivery was signed with one of the secrets, within the tolerance. Never throws: whatever the
 * sender put into header and body, the answer is a value.
 */
export function verifySignature(options: VerifyOptions): Verification {
  const secrets = typeof options.secret === 'string' ? [options.secret] : options.secret;
  if (!areUsable(secrets))
    return refuse('secret_missing', 'No secret is configured, or one of them is empty.');
  if (!isRaw(options.rawBody)) {
    return refuse('body_not_raw', 'The body must be the bytes as they arrived, before any JSON parser.');
  }
  const header = onlyHeader(options.header);
  if (!header.ok) return header;

  const candidates = parseCandidates(header.value);
  if (candidates.length === 0) {
    return refuse('header_malformed', 'Expected t=<unix seconds>,v1=<64 lower-case hex>, one group or two.');
  }
  const toleranceSeconds = options.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const nowSeconds = Math.floor((options.now ?? Date.now)() / 1000);
  // Written so that a tolerance or a clock that is NaN refuses.
  const fresh = candidates.filter(({ t }) => Math.abs(nowSeconds - Number(t)) <= toleranceSeconds);
  if (fresh.length === 0) {
    return refuse(
      'timestamp_outside_tolerance',
      `The signature's time is more than ${toleranceSeconds} s from now. Check this machine's clock.`,
    );
  }
  return (
    findMatch(fresh, secrets, options.rawBody) ??
    refuse('signature_mismatch', 'No v1 matches any of the secrets over the body as received.')
  );
}

interface Candidate {
  /** As sent: it is part of what is signed. */
  readonly t: string;
  readonly v1: string;
}

/**
 * Groups are separated by one space. What is not understood is skipped, so that a later scheme (`v2`) may stand beside
 * `v1`. `t` is digits only: a dot in it would let bytes move between the time and the body.
 */
function parseCandidates(header: string): readonly Candidate[] {
  return header.split(' ').flatMap((group) => {
    const pairs = group.split(',');
    const times = valuesOf('t=', pairs);
    const t = times[0];
    if (t === undefined || times.length > 1 || !/^[0-9]{1,12}$/.test(t)) return [];
    return valuesOf('v1=', pairs)
      .filter((v1) => /^[0-9a-f]{64}$/.test(v1))
      .map((v1) => ({ t, v1 }));
  });
}

function valuesOf(prefix: 't=' | 'v1=', pairs: readonly string[]): readonly string[] {
  return pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
}

/** Compares every candidate with every secret, also after a match, so that the time taken tells nothing. */
function findMatch(
  candidates: readonly Candidate[],
  secrets: readonly string[],
  rawBody: Uint8Array | string,
): Verification | undefined {
  let match: Verification | undefined;
  for (const t of new Set(candidates.map((candidate) => candidate.t))) {
    for (const [secretIndex, secret] of secrets.entries()) {
      const expected = createHmac('sha256', secret).update(`${t}.`).update(rawBody).digest();
      for (const candidate of candidates) {
        if (candidate.t !== t) continue;
        const isEqual = timingSafeEqual(expected, Buffer.from(candidate.v1, 'hex'));
        if (isEqual) match ??= { ok: true, timestamp: new Date(Number(t) * 1000), secretIndex };
      }
    }
  }
  return match;
}

function onlyHeader(
  header: VerifyOptions['header'],
): { readonly ok: true; readonly value: string } | SignatureFailure {
  const values: readonly unknown[] = Array.isArray(header) ? header : [header];
  if (values.length > 1) return repeated();
  const value = values[0];
  if (value === undefined || value === null || value === '') {
    return refuse('header_missing', 'The request has no Persona-Signature header.');
  }
  if (typeof value !== 'string' || value.length > MAX_SIGNATURE_HEADER_CHARACTERS) {
    return refuse(
      'header_malformed',
      `Expected a header of at most ${MAX_SIGNATURE_HEADER_CHARACTERS} characters.`,
    );
  }
  // Node and the Fetch API join a repeated header with a comma and a space, which one header never holds.
  return value.includes(', ') ? repeated() : { ok: true, value };
}

function repeated(): SignatureFailure {
  return refuse('header_repeated', 'The request has more than one Persona-Signature header.');
}

// Both checks are for callers without types: an unset variable, a body that a framework has parsed.
function areUsable(secrets: readonly unknown[] | undefined): boolean {
  if (!Array.isArray(secrets) || secrets.length === 0) return false;
  return secrets.every((secret) => typeof secret === 'string' && secret.trim() !== '');
}

function isRaw(rawBody: unknown): boolean {
  return typeof rawBody === 'string' || rawBody instanceof Uint8Array;
}

function refuse(code: SignatureRefusal, message: string): SignatureFailure {
  return { ok: false, code, message };
}
