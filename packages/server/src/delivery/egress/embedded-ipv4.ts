import ipaddr from 'ipaddr.js';

/**
 * The IPv4 addresses that an IPv6 address carries, so that `::ffff:127.0.0.1` cannot pass for something else.
 * Sources: RFC 4291 (mapped, compatible), 6145 (translated), 6052 and 8215 (NAT64), 3056 (6to4), 4380 (Teredo),
 * 5214 (ISATAP).
 */
export function embeddedIpv4(address: ipaddr.IPv6): readonly ipaddr.IPv4[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  if ((a | b | c | d) === 0 && isTranslatedPrefix(e, f, g, h)) return [ipv4(g, h)];
  if (a === 0x64 && b === 0xff9b) return [ipv4(g, h)];
  if (a === 0x2002) return [ipv4(b, c)];
  // Teredo holds the server as it is and the client with every bit inverted.
  if (a === 0x2001 && b === 0) return [ipv4(c, d), ipv4(g ^ 0xffff, h ^ 0xffff)];
  if ((e === 0 || e === 0x0200) && f === 0x5efe) return [ipv4(g, h)];
  return [];
}

/** After 64 zero bits: mapped `0:ffff`, translated `ffff:0`, compatible `0:0` (but `::` and `::1` are themselves). */
function isTranslatedPrefix(e: number, f: number, g: number, h: number): boolean {
  if (e === 0 && f === 0) return g !== 0 || h > 1;
  return (e === 0 && f === 0xffff) || (e === 0xffff && f === 0);
}

function ipv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}
