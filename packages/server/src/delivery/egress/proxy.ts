import { hostOf } from './url.ts';

/** The operator's HTTP proxy: every connection, http and https alike, goes through its CONNECT. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`. A secret. */
  readonly authorization: string | undefined;
}

/** Reads `http://host:port` or `http://user:password@host:port`. The problem goes on after the name of a setting. */
export function parseProxy(text: string): { readonly proxy: Proxy } | { readonly problem: string } {
  const url = /^http:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const host = url === undefined ? '' : hostOf(url);
  if (url === undefined || host === '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return { problem: 'must be http://host:port or http://user:password@host:port' };
  }
  const authorization = authorizationOf(url);
  if (authorization === undefined) return { problem: 'must have its user and password percent-encoded' };
  const port = url.port === '' ? 80 : Number(url.port);
  return { proxy: { host, port, authorization: authorization === '' ? undefined : authorization } };
}

/** Empty without a user; undefined where the escapes are broken. */
function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return '';
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    return undefined;
  }
}
