import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { Refusal } from '../refusal.ts';

const forwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/**
 * Throws where the asker may not read the metrics: without a token of the operator's only this machine may, and
 * not through a proxy on it, which would pass on anybody.
 */
export function requireMetricsAccess(token: string | undefined, incoming: IncomingMessage): void {
  if (token === undefined) {
    const isProxied = forwarded.some((name) => incoming.headers[name] !== undefined);
    if (isProxied || !isLoopback(incoming.socket.remoteAddress)) throw new Refusal('route_not_found');
    return;
  }
  const given = /^bearer +(?<value>\S+) *$/i.exec(incoming.headers.authorization ?? '')?.groups?.['value'];
  if (given === undefined || !timingSafeEqual(digest(given), digest(token))) {
    throw new Refusal('unauthenticated');
  }
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
