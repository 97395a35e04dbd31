import type { JsonObject } from '@credence/contract';
import type { HttpBindings } from '@hono/node-server';
import type { Context as HonoContext } from 'hono';
import type { Allowance } from '../allowance/share.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import type { Refusal } from '../refusal.ts';
import { errorBody } from './error-body.ts';

/** What a request brings along, and what is found out about it on its way. */
export type Env = {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    receivedAtMs: number;
    key: ApiKeyRow;
    limit: Allowance;
    clientAddress: string;
    /** Where the request creates what a quota is set on. */
    quota: Allowance | undefined;
    /** The template of the path. */
    route: string;
    traceContext: string | undefined;
    /** Of the request, once it was read. */
    body: JsonObject | undefined;
    /** Whose personal values the answered resource holds. */
    owner: string | undefined;
    /** The answer was given before, to the same Idempotency-Key. */
    isReplay: boolean | undefined;
  };
};
export type Call = HonoContext<Env>;

/** Headers of every answer to an authenticated request. */
export function identify(call: Call): void {
  const key = call.get('key') as ApiKeyRow | undefined;
  const limit = call.get('limit') as Allowance | undefined;
  if (key === undefined || limit === undefined) return;
  call.header('Persona-Environment-Id', key.environmentId);
  call.header('Persona-Organization-Id', key.organizationId);
  call.header('RateLimit-Limit', String(limit.limit));
  call.header('RateLimit-Remaining', String(limit.remaining));
  call.header('RateLimit-Reset', String(limit.secondsToReset));
  const quota = call.get('quota');
  if (quota === undefined) return;
  call.header('Quota-Limit', String(quota.limit));
  call.header('Quota-Remaining', String(quota.remaining));
  call.header('Quota-Reset', String(quota.secondsToReset));
}

/** An answer as it goes over the wire: `body` is JSON. */
export interface Sendable {
  readonly status: number;
  readonly body: string;
}

export function send(call: Call, { status, body }: Sendable): Response {
  // A status of the routes or of the catalogue: all have a body.
  return call.body(body, status as 200, { 'Content-Type': 'application/json' });
}

export function refuse(call: Call, refusal: Refusal): Response {
  identify(call);
  call.header('Request-Id', call.get('requestId'));
  return send(call, errorBody(refusal));
}
