import type { IncomingMessage } from 'node:http';
import {
  addressText,
  cidrContains,
  parseAddress,
  withoutMapping,
  type Cidr,
  type IpAddress,
} from '../cidr.ts';

/** Proxies whose word on who the client is counts. IPv4 ranges are IPv4, not mapped. */
export type TrustedProxies = readonly Cidr[];

/**
 * The address of whoever made a request, in its standard spelling; IPv4-mapped IPv6 as IPv4. It is the peer of the
 * connection, unless that is a trusted proxy: then it is the rightmost address of `X-Forwarded-For` that is not one.
 * What stands left of that was written by the client and counts for nothing, and so does what is no address. Empty where
 * the connection is gone.
 */
export function clientAddress(incoming: IncomingMessage, trusted: TrustedProxies): string {
  const peer = readHop(incoming.socket.remoteAddress ?? '');
  if (peer === undefined) return '';
  let client = peer;
  for (const text of hopsFromNearest(incoming)) {
    if (!trusted.some((cidr) => cidrContains(cidr, client))) break;
    const hop = readHop(text);
    if (hop === undefined) break;
    client = hop;
  }
  return addressText(client);
}

/** Several headers are one list; node:http has joined them. */
function hopsFromNearest({ headers }: IncomingMessage): string[] {
  const header = headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text === '' ? [] : text.split(',').reverse();
}

const withPort = /^(?:\[(?<v6>[^\]]+)\](?::\d{1,5})?|(?<v4>[\d.]+):\d{1,5})$/;

/** Some proxies write the port of the connection as well. */
function readHop(text: string): IpAddress | undefined {
  const trimmed = text.trim();
  const groups = withPort.exec(trimmed)?.groups;
  const address = parseAddress(groups?.['v6'] ?? groups?.['v4'] ?? trimmed);
  return address === undefined ? undefined : withoutMapping(address);
}
