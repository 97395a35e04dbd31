import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { trapKey, type Behaviour } from '../crowd.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly eventId: string;
  readonly attempt: number;
}

/** Answers a request that was read in full, or does not. */
export async function behave(behaviour: Behaviour, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  switch (behaviour) {
    case 'fast':
      answer(exchange, 200);
      return;
    case 'slow':
      await pause(200 + 800 * shareOf(exchange));
      answer(exchange, 200);
      return;
    case 'hang-before-headers':
      return;
    case 'hang-in-body':
      response.writeHead(200, { 'content-length': '1000' });
      response.write('and so');
      return;
    case 'endless-body':
      writeForEver(response.writeHead(200));
      return;
    case 'reset-after-reading':
      request.socket.resetAndDestroy();
      return;
    case 'garbage':
      request.socket.end(Buffer.from('\u0000\u0001SSH-2.0-nonsense\r\n\r\n{"ok":true}'));
      return;
    case 'redirect':
      response.setHeader('location', `/${trapKey}`);
      answer(exchange, 307);
      return;
    case 'throttling':
      if (exchange.attempt === 1) response.setHeader('retry-after', '1');
      answer(exchange, exchange.attempt === 1 ? 429 : 200);
      return;
    case 'recovering':
      // Ill for ten seconds of thirty.
      answer(exchange, Date.now() % 30_000 < 10_000 ? 500 : 200);
      return;
    case 'flaky':
      await behave(flakeOf(exchange), exchange);
      return;
    case 'reset-before-reading':
    case 'handshake-reset':
      throw new Error(`${behaviour} reads no request`);
  }
}

function answer({ response }: Exchange, status: number): void {
  response.statusCode = status;
  response.end();
}

function writeForEver(response: ServerResponse): void {
  const chunk = Buffer.alloc(16_384, 'and so on ');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function flakeOf(exchange: Exchange): Behaviour {
  const flakes = ['fast', 'fast', 'reset-after-reading', 'hang-before-headers', 'garbage'] as const;
  return flakes[Math.floor(shareOf(exchange) * flakes.length)] ?? 'fast';
}

/** From 0 to 1, by the event and the attempt: the same in every run over the same ids. */
function shareOf({ eventId, attempt }: Exchange): number {
  const digest = createHash('sha256')
    .update(`${eventId} ${String(attempt)}`)
    .digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
