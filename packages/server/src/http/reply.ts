import type { ServerResponse } from 'node:http';
import type { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { errorBody } from './error-body.ts';
import { limitHeaders } from './limit-headers.ts';

/** An answer as it goes over the wire. */
export interface Reply {
  readonly status: number;
  /** null where such an answer has none. */
  readonly body: string | Buffer | null;
  /** Beside those of every answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Of everything that is JSON. */
const json = { 'Content-Type': 'application/json' };

export function jsonReply(
  { status, body }: { readonly status: number; readonly body: string },
  headers?: Reply['headers'],
): Reply {
  return { status, body, headers: headers === undefined ? json : { ...headers, ...json } };
}

export function refusalReply(refusal: Refusal, headers?: Reply['headers']): Reply {
  return jsonReply(errorBody(refusal), headers);
}

/** Writes the answer at once, head and body together. */
export function writeReply(call: Call, outgoing: ServerResponse, { status, body, headers }: Reply): void {
  const head: Record<string, string | number> = { ...headers, 'Request-Id': call.requestId };
  if (call.asker !== undefined) identify(head, call.asker, call.quota);
  if (body !== null)
    head['Content-Length'] = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  outgoing.writeHead(status, head);
  if (body === null || call.method === 'HEAD') outgoing.end();
  else outgoing.end(body);
}

/** Headers of every answer to an authenticated request. */
function identify(
  head: Record<string, string | number>,
  { key, limit }: NonNullable<Call['asker']>,
  quota: Call['quota'],
): void {
  head['Persona-Environment-Id'] = key.environmentId;
  head['Persona-Organization-Id'] = key.organizationId;
  Object.assign(head, limitHeaders(limit, quota));
}
