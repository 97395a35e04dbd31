import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalCidr, parseCidrs } from '../cidr.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';

function trusting(text: string): TrustedProxies {
  const list = parseCidrs(text);
  if ('problem' in list) throw new Error(list.problem);
  return list.cidrs.map(canonicalCidr);
}

function request(peer: string | undefined, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const incoming = new IncomingMessage(socket);
  if (forwarded !== undefined) incoming.headers['x-forwarded-for'] = forwarded;
  return incoming;
}

const proxies = trusting('10.0.0.0/8, fd00::/8, ::ffff:192.0.2.0/120');

test.for<readonly [what: string, peer: string | undefined, forwarded: string | undefined, client: string]>([
  ['nobody forwards it', '198.51.100.1', undefined, '198.51.100.1'],
  ['a stranger says who it is', '198.51.100.1', '203.0.113.9', '198.51.100.1'],
  ['a proxy forwards it', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['a client put something before it', '10.0.0.1', '10.0.0.9, 127.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['two proxies forward it', '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.2.0.1', '203.0.113.9'],
  ['all of them are proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['a proxy asks for itself', '10.0.0.1', undefined, '10.0.0.1'],
  ['the header is empty', '10.0.0.1', '', '10.0.0.1'],
  ['what a proxy wrote is no address', '10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
  ['an address has a port', '10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
  ['an IPv6 address has a port', '10.0.0.1', '[2001:DB8:0:0::1]:4711', '2001:db8::1'],
  ['the peer is IPv4 on an IPv6 socket', '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['the client is written as mapped', '10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
  ['the proxies were given as mapped', '192.0.2.7', '203.0.113.9', '203.0.113.9'],
  ['the proxy has IPv6', 'fd00::7', '2001:db8::2', '2001:db8::2'],
  ['an address is octal', '10.0.0.1', '0313.0.113.9', '10.0.0.1'],
  ['the connection is gone', undefined, '203.0.113.9', ''],
])('the client of a request, where %s', ([, peer, forwarded, client]) => {
  expect(clientAddress(request(peer, forwarded), proxies)).toBe(client);
});

test('without trusted proxies the header counts for nothing', () => {
  expect(clientAddress(request('10.0.0.1', '203.0.113.9'), [])).toBe('10.0.0.1');
});

test('whatever a client writes before what the proxy appends changes nothing', () => {
  fc.assert(
    fc.property(fc.string(), (written) => {
      const spoofed = `${written}, 203.0.113.9`;
      expect(clientAddress(request('10.0.0.1', spoofed), proxies)).toBe('203.0.113.9');
    }),
  );
});
