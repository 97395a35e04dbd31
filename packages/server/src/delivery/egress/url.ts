import { isIP } from 'node:net';
import { limits } from '@credence/contract';
import { addressVerdict, type EgressPolicy } from './guard.ts';

export interface UrlRules extends EgressPolicy {
  /** Production environments demand https. */
  readonly production: boolean;
}

/**
 * Why a URL cannot be the URL of a webhook, as a sentence; `undefined` if it can. Odd spellings of addresses (decimal,
 * octal, hexadecimal) are judged as what they mean. Names are judged again, by address, at every connection.
 */
export function webhookUrlProblem(url: string, rules: UrlRules): string | undefined {
  if (url.length > limits.webhookUrlLength)
    return `The URL is longer than ${limits.webhookUrlLength} characters.`;
  // URL.parse would silently drop tabs and line breaks, and read "https:host" as absolute.
  if (/[\s\p{Cc}]/u.test(url)) return 'The URL has a space or a control character.';
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return 'An absolute http or https URL is expected.';
  const parsed = new URL(url);
  if (parsed.href.length > limits.webhookUrlLength) {
    return `The URL is longer than ${limits.webhookUrlLength} characters once it is percent-encoded.`;
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return 'The URL must not have a user name or password: use a custom header.';
  }
  if (url.includes('#')) return 'The URL must not have a fragment.';
  if (rules.production && parsed.protocol !== 'https:')
    return 'A production environment expects an https URL.';
  return portProblem(portOf(parsed)) ?? hostProblem(hostOf(parsed), rules);
}

/** The port that a connection to the URL goes to. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The host name or address, without the brackets of an IPv6 address and without the dot of an absolute name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

export function portProblem(port: number): string | undefined {
  if (port === 80 || port === 443 || port > 1023) return undefined;
  return `The port ${port} is not allowed: 80, 443 or one above 1023 is expected.`;
}

function hostProblem(host: string, rules: UrlRules): string | undefined {
  if (host === '') return 'The URL has no host.';
  const isLocalName = host === 'localhost' || host.endsWith('.localhost');
  const address = isLocalName ? '127.0.0.1' : host;
  if (isIP(address) === 0) return undefined;
  const verdict = addressVerdict(address, rules);
  if (verdict.allowed) return undefined;
  return `The host ${host} is not allowed: ${verdict.reason.replaceAll('_', ' ')} address.`;
}
