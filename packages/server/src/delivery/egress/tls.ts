import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, rootCertificates, type SecureContext, type TLSSocket } from 'node:tls';
import { failed, tlsFailure, type Result } from './failure.ts';

/** The last TLS session with one host, kept so that the next connection to it needs no full handshake. */
export interface SessionSlot {
  session: Buffer | undefined;
}

/**
 * One context for all connections: building it parses every root certificate.
 *
 * @param extraCa PEM certificates that are trusted besides the public ones
 */
export function trustContext(extraCa: string | undefined): SecureContext {
  const ca = extraCa === undefined ? {} : { ca: [...rootCertificates, extraCa] };
  return createSecureContext({ minVersion: 'TLSv1.2', ...ca });
}

export interface TlsParts {
  readonly host: string;
  readonly context: SecureContext;
  readonly slot: SessionSlot;
  readonly signal: AbortSignal;
}

/** TLS over an open socket, with a verified certificate for `host`, or a failure and a destroyed socket. */
export function secureSocket(socket: Socket, parts: TlsParts): Promise<Result<Socket>> {
  return new Promise((settle) => {
    const secured = handshake(socket, parts);
    const giveUp = (): void => {
      secured.destroy();
      settle(failed('tls', 'timeout', 'No TLS connection within the time.'));
    };
    if (parts.signal.aborted) giveUp();
    parts.signal.addEventListener('abort', giveUp, { once: true });
    secured.on('error', (error) => {
      parts.signal.removeEventListener('abort', giveUp);
      socket.destroy();
      // Node.js sets this where the handshake went well and the certificate did not, whatever the types say.
      const authorizationError: unknown = secured.authorizationError;
      settle({ ok: false, failure: tlsFailure(error, Boolean(authorizationError)) });
    });
    secured.once('secureConnect', () => {
      parts.signal.removeEventListener('abort', giveUp);
      settle({ ok: true, value: secured });
    });
  });
}

function handshake(socket: Socket, { host, context, slot }: TlsParts): TLSSocket {
  const secured = connect({
    socket,
    host,
    // A literal address is not sent as a name; the certificate is then checked against `host`.
    servername: isIP(host) === 0 ? host : '',
    secureContext: context,
    // Stated, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off.
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    ...(slot.session === undefined ? {} : { session: slot.session }),
  });
  secured.on('session', (session) => {
    // A session spares the next connection the check of the certificate, so it must have passed.
    if (secured.authorized) slot.session = session;
  });
  return secured;
}
