import type { TLSSocket } from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { EXPIRED_CERTIFICATE, TEST_CERTIFICATE } from './testing/certificate.ts';
import { httpReceiver, httpsReceiver, rawReceiver } from './testing/receivers.ts';
import { attempted, postTo, testTransport, withHost } from './testing/posting.ts';

const trusting = { extraCa: TEST_CERTIFICATE.cert, resolve: () => Promise.resolve(['127.0.0.1']) };

describe('TLS', () => {
  test('refuses a certificate that nobody vouches for, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const receiver = await httpsReceiver((_request, response) => response.end());
    const outcome = await testTransport().post(postTo(receiver.url));
    vi.unstubAllEnvs();
    expect(outcome).toMatchObject({ stage: 'tls', cause: 'tls_untrusted', status: undefined });
  });

  test('accepts it where the operator vouches for it, and times every phase', async () => {
    const receiver = await httpsReceiver((request, response) => {
      // A request on a TLS server comes over a TLS socket.
      const socket = request.socket as TLSSocket & { readonly servername?: string | false };
      response.end(`${String(socket.servername)} ${socket.getProtocol()}`);
    });
    const outcome = await testTransport(trusting).post(postTo(withHost(receiver.url, 'hooks.test')));
    expect(outcome).toMatchObject({ kind: 'answered', answer: 'hooks.test TLSv1.3' });
    expect(Object.keys(attempted(outcome).timings).sort()).toEqual([
      'connect',
      'firstByte',
      'resolve',
      'tls',
      'total',
    ]);
  });

  test('checks the certificate against an address in the URL, and sends no name then', async () => {
    const receiver = await httpsReceiver((request, response) => {
      // A request on a TLS server comes over a TLS socket.
      const socket = request.socket as TLSSocket & { readonly servername?: string | false };
      response.end(String(socket.servername));
    });
    const transport = testTransport(trusting);
    expect(await transport.post(postTo(receiver.url))).toMatchObject({ answer: 'false' });
    const other = withHost(receiver.url, '127.0.0.2');
    expect(await transport.post(postTo(other))).toMatchObject({ stage: 'tls', cause: 'tls_name_mismatch' });
  });

  test('refuses a certificate for another name, and says which names it has', async () => {
    const receiver = await httpsReceiver((_request, response) => response.end());
    const outcome = await testTransport(trusting).post(postTo(withHost(receiver.url, 'other.test')));
    expect(outcome).toMatchObject({ stage: 'tls', cause: 'tls_name_mismatch' });
    expect(outcome).toHaveProperty('detail', expect.stringContaining('hooks.test'));
  });

  test('treats an absolute name like the name', async () => {
    const receiver = await httpsReceiver((_request, response) => response.end());
    const outcome = await testTransport(trusting).post(postTo(withHost(receiver.url, 'hooks.test.')));
    expect(outcome).toMatchObject({ kind: 'answered' });
  });

  test('refuses a certificate that has expired, although the operator vouches for it', async () => {
    let requests = 0;
    const receiver = await httpsReceiver((_request, response) => {
      requests++;
      response.end();
    }, EXPIRED_CERTIFICATE);
    const transport = testTransport({ ...trusting, extraCa: EXPIRED_CERTIFICATE.cert });
    const outcome = await transport.post(postTo(withHost(receiver.url, 'hooks.test')));
    expect(outcome).toMatchObject({ stage: 'tls', cause: 'tls_certificate_expired' });
    expect(requests).toBe(0);
  });

  test('refuses a server that has TLS 1.1 at most, and takes one that has 1.2', async () => {
    const answer = (_request: unknown, response: { end(): void }): void => response.end();
    const weak = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const old = await httpsReceiver(answer, { ...weak, maxVersion: 'TLSv1.1' });
    const fair = await httpsReceiver(answer, { ...weak, maxVersion: 'TLSv1.2' });
    const transport = testTransport(trusting);
    expect(await transport.post(postTo(withHost(old.url, 'hooks.test')))).toMatchObject({
      stage: 'tls',
      cause: 'tls_version',
    });
    expect(await transport.post(postTo(withHost(fair.url, 'hooks.test'), { key: 'b' }))).toMatchObject({
      kind: 'answered',
    });
  });

  test('resumes the session on the next connection', async () => {
    const resumed: boolean[] = [];
    const receiver = await httpsReceiver((request, response) => {
      // A request on a TLS server comes over a TLS socket.
      resumed.push((request.socket as TLSSocket).isSessionReused());
      response.setHeader('Connection', 'close').end();
    });
    const transport = testTransport(trusting);
    const url = withHost(receiver.url, 'hooks.test');
    for (let index = 0; index < 2; index++) await transport.post(postTo(url));
    expect(resumed).toEqual([false, true]);
  });

  test('with a server that speaks something else fails', async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const url = new URL(receiver.url.href.replace('http:', 'https:'));
    expect(await testTransport().post(postTo(url))).toMatchObject({ kind: 'failed', stage: 'tls' });
  });

  test('with a server that hangs up or is silent fails', async () => {
    const hangsUp = await rawReceiver((socket) => socket.resetAndDestroy());
    const silent = await rawReceiver(() => undefined);
    const asHttps = (url: URL): URL => new URL(url.href.replace('http:', 'https:'));
    const transport = testTransport();
    expect(await transport.post(postTo(asHttps(hangsUp.url)))).toMatchObject({
      stage: 'tls',
      cause: 'connection_reset',
    });
    expect(await transport.post(postTo(asHttps(silent.url), { timeoutMs: 300 }))).toMatchObject({
      stage: 'tls',
      cause: 'timeout',
    });
  });
});
