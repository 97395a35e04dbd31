import { errors } from 'undici';
import type { AttemptStage, FailureCause } from '../outcome.ts';
import { escapeText } from './answer-text.ts';

/** Why an attempt cannot go on. The detail is one sentence for people and holds nothing unescaped. */
export interface Failure {
  readonly stage: AttemptStage;
  readonly cause: FailureCause;
  readonly detail: string;
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

const MAX_DETAIL_LENGTH = 300;

/** Details can hold what the other side wrote, such as the names in a certificate: escaped and cut. */
export function failure(stage: AttemptStage, cause: FailureCause, detail: string): Failure {
  return { stage, cause, detail: escapeText(detail.slice(0, MAX_DETAIL_LENGTH)) };
}

export function failed(stage: AttemptStage, cause: FailureCause, detail: string): Result<never> {
  return { ok: false, failure: failure(stage, cause, detail) };
}

export function resolveFailure(error: unknown, host: string): Failure {
  const code = codeOf(error);
  if (code === 'ENOTFOUND') return failure('resolve', 'name_not_found', `The name ${host} does not exist.`);
  return failure('resolve', 'resolve_failed', `The name ${host} could not be resolved (${code}).`);
}

const CONNECT_CAUSES: Readonly<Record<string, FailureCause>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  EADDRNOTAVAIL: 'source_address_unavailable',
  ETIMEDOUT: 'timeout',
};

export function connectFailure(error: unknown, address: string, port: number): Failure {
  const code = codeOf(error);
  const cause = CONNECT_CAUSES[code] ?? 'connect_failed';
  return failure('connect', cause, `No connection to ${address} port ${port} (${code}).`);
}

/** @param rejectedCertificate whether the handshake was fine but the certificate was not */
export function tlsFailure(error: unknown, rejectedCertificate: boolean): Failure {
  const code = codeOf(error);
  if (rejectedCertificate) {
    const message = error instanceof Error ? error.message : '';
    return failure('tls', 'tls_certificate', `The certificate was not accepted (${code}): ${message}`);
  }
  const cause = code === 'ECONNRESET' ? 'connection_reset' : 'tls_failed';
  return failure('tls', cause, `No TLS connection (${code}).`);
}

const EXCHANGE_CAUSES: Readonly<Record<string, FailureCause>> = {
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'socket_closed',
  UND_ERR_HEADERS_OVERFLOW: 'headers_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'protocol_error',
  UND_ERR_INVALID_ARG: 'request_invalid',
  UND_ERR_NOT_SUPPORTED: 'request_invalid',
};

/** What undici says about an exchange on an open connection. */
export function exchangeFailure(error: unknown, stage: AttemptStage): Failure {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  const isOddAnswer = error instanceof errors.HTTPParserError || /^bad (response|upgrade)$/.test(message);
  const cause = isOddAnswer ? 'protocol_error' : (EXCHANGE_CAUSES[code] ?? 'socket_closed');
  return failure(stage, cause, `The exchange failed (${code}): ${message}`);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'no code';
}
