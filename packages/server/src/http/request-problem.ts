import type { IncomingMessage } from 'node:http';
import { limits } from '@credence/contract';
import { Refusal } from '../refusal.ts';

/**
 * Why a request is refused before anybody looks at what it asks for; undefined where nothing is wrong. It says
 * nothing of routes, so it comes before authentication.
 */
export function requestProblem(incoming: IncomingMessage): Refusal | undefined {
  const { rawHeaders, headers, httpVersion, url = '' } = incoming;
  if (rawHeaders.length / 2 > limits.headers) {
    const details = `The request must have at most ${String(limits.headers)} header fields.`;
    return new Refusal('headers_too_large', { details });
  }
  const problem =
    versionProblem(httpVersion) ??
    targetProblem(url) ??
    hostProblem(headers.host, httpVersion) ??
    repeatedHeader(rawHeaders) ??
    framingProblem(incoming);
  return problem === undefined ? undefined : new Refusal('bad_request', { details: problem });
}

/** node's parser lets 0.9 and 2.0 pass. */
function versionProblem(httpVersion: string): string | undefined {
  return /^1\.[01]$/.test(httpVersion) ? undefined : 'The request must be of HTTP/1.1 or HTTP/1.0.';
}

/** Printable ASCII. A `#` would be cut off with what follows it, and a backslash in a path be read as a slash. */
const targetForm = /^\/[!"$-~]*$/;
const pathForm = /^\/[!"$-[\]-~]*$/;
/** `.` and `..`, also as %2e: they would be resolved before the route is looked for. */
const dotSegment = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i;

function targetProblem(url: string): string | undefined {
  if (!url.startsWith('/')) return 'The request target must be a path, such as /api/v1/inquiries.';
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  if (!targetForm.test(url) || !pathForm.test(path)) {
    return 'The request target must be printable ASCII without a backslash in its path and without #.';
  }
  if (dotSegment.test(path)) return 'The path of the request must not have the segments . and ...';
  return undefined;
}

/** What every URL can have: names in which nothing is to be decoded, and ports of four digits, or five below 60000. */
const plainHost = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
const hostForm = /^(?:[A-Za-z0-9._~%-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

function hostProblem(host: string | undefined, httpVersion: string): string | undefined {
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'The header Host is missing.';
  if (plainHost.test(host)) return undefined;
  if (!hostForm.test(host)) return 'The header Host must be a name or an address, and a port.';
  return isUsable(host) ? undefined : 'The request target is not usable.';
}

/** Whether a URL can have it, and means the same host by it. */
function isUsable(host: string): boolean {
  const { hostname } = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : { hostname: '' };
  return hostname.length === host.length || hostname === host.replace(/:\d+$/, '').toLowerCase();
}

/** Of these node keeps the first and whoever stands before us may keep the last. */
const single: ReadonlySet<string> = new Set(['host', 'authorization', 'content-type', 'content-length']);

function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!single.has(name)) continue;
    if (seen.has(name)) return `The header ${name} is given twice.`;
    seen.add(name);
  }
  return undefined;
}

/** Two lengths of one body are how a request is hidden in another. */
function framingProblem({ headers }: IncomingMessage): string | undefined {
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (headers['content-length'] !== undefined)
    return 'Content-Length and Transfer-Encoding cannot be given together.';
  return coding.toLowerCase() === 'chunked' ? undefined : 'The only Transfer-Encoding is chunked.';
}
