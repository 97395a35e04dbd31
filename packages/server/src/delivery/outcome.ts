/** How far an attempt had come when it failed; in the order in which they happen. */
export const ATTEMPT_STAGES = [
  'guard',
  'resolve',
  'proxy',
  'connect',
  'tls',
  'send',
  'headers',
  'body',
] as const;

export type AttemptStage = (typeof ATTEMPT_STAGES)[number];

/** Why an attempt failed. The list is closed: it is stored, shown and counted by metrics. */
export const FAILURE_CAUSES = [
  'address_refused',
  'port_refused',
  'scheme_refused',
  'user_info_refused',
  'name_not_found',
  'resolve_failed',
  'connection_refused',
  'connection_reset',
  'host_unreachable',
  'source_address_unavailable',
  'address_family_mismatch',
  'connect_failed',
  'proxy_unreachable',
  'proxy_authentication',
  'proxy_refused',
  'proxy_protocol_error',
  'tls_name_mismatch',
  'tls_certificate_expired',
  'tls_untrusted',
  'tls_certificate',
  'tls_version',
  'tls_failed',
  'timeout',
  'socket_closed',
  'protocol_error',
  'headers_too_large',
  'body_too_large',
  'request_invalid',
  'shut_down',
] as const;

export type FailureCause = (typeof FAILURE_CAUSES)[number];

/** Milliseconds of each phase. A phase that did not happen is absent: a reused connection has only the last two. */
export interface AttemptTimings {
  readonly resolve?: number;
  /** Until the operator's proxy had a connection; there is no `connect` then. */
  readonly proxy?: number;
  readonly connect?: number;
  readonly tls?: number;
  /** From the request being written to the first byte of the answer. */
  readonly firstByte?: number;
  /** From when a connection took the post to the end. */
  readonly total: number;
}

/** The receiver answered in full, within the time and the caps. A redirect is an answer like any other. */
export interface AnsweredAttempt {
  readonly kind: 'answered';
  readonly status: number;
  /** The header `Retry-After` as it was sent; only read on 429 and 503. */
  readonly retryAfter: string | undefined;
  readonly timings: AttemptTimings;
  /** The first 4096 bytes of the body as text that is safe to store and show: see `answerText`. */
  readonly answer: string;
}

/** No full answer: refused by the guard, not reached, cut off, too slow or too large. */
export interface FailedAttempt {
  readonly kind: 'failed';
  readonly stage: AttemptStage;
  readonly cause: FailureCause;
  /** One sentence for people, safe to store and show. */
  readonly detail: string;
  /** Present where headers were received, whatever happened to the body afterwards. */
  readonly status: number | undefined;
  readonly timings: AttemptTimings;
  readonly answer: string;
}

export type AttemptOutcome = AnsweredAttempt | FailedAttempt;

/** No connection was free in time. Nothing was sent: it is no attempt, and says nothing about the receiver. */
export interface NotBegun {
  readonly kind: 'not_begun';
}

/** What became of a post. */
export type PostOutcome = AttemptOutcome | NotBegun;
