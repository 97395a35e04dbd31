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

const CERTIFICATE_CAUSES: Readonly<Record<string, FailureCause>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_name_mismatch',
  CERT_HAS_EXPIRED: 'tls_certificate_expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_untrusted',
};

const HANDSHAKE_CAUSES: Readonly<Record<string, FailureCause>> = {
  ECONNRESET: 'connection_reset',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls_version',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls_version',
  ERR_SSL_VERSION_TOO_LOW: 'tls_version',
};

/** @param rejectedCertificate whether the handshake was fine but the certificate was not */
export function tlsFailure(error: unknown, rejectedCertificate: boolean): Failure {
  const code = codeOf(error);
  if (rejectedCertificate) {
    const message = error instanceof Error ? error.message : '';
    const cause = CERTIFICATE_CAUSES[code] ?? 'tls_certificate';
    return failure('tls', cause, `The certificate was not accepted (${code}): ${message}`);
  }
  return failure('tls', HANDSHAKE_CAUSES[code] ?? 'tls_failed', `No TLS connection (${code}).`);
}

/** Of a connection on which a request was under way. */
export function socketFailure(error: unknown, stage: AttemptStage): Failure {
  const code = codeOf(error);
  const isReset = code === 'ECONNRESET' || code === 'EPIPE';
  const message = error instanceof Error ? error.message : '';
  return failure(
    stage,
    isReset ? 'connection_reset' : 'socket_closed',
    `The exchange failed (${code}): ${message}`,
  );
}

export function hungUp(stage: AttemptStage): Failure {
  return failure(stage, 'socket_closed', 'The receiver closed the connection before its answer was whole.');
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'no code';
}
