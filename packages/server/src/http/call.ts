import type { IncomingMessage } from 'node:http';
import type { JsonObject } from '@credence/contract';
import type { Allowance } from '../allowance/share.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import { readTarget } from './request-target.ts';

/** Who asks, found out by admit.ts. */
export interface Asker {
  readonly key: ApiKeyRow;
  /** Empty where it is not known any more. */
  readonly clientAddress: string;
  readonly limit: Allowance;
}

/** A request, and what is found out about it on its way. */
export class Call {
  readonly incoming: IncomingMessage;
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly method: string;
  /** Decoded, but for what would look like a part of it then. */
  readonly path: string;
  /** What stands behind the first `?`; '' where there is nothing. */
  readonly query: string;

  /** Once the key is known to be valid, also where the request is refused then. */
  asker: Asker | undefined = undefined;
  /** Where the request creates what a quota is set on. */
  quota: Allowance | undefined = undefined;
  /** The template of the path. */
  route = 'none';
  traceContext: string | undefined = undefined;
  /** Of the request, once it was read. */
  body: JsonObject | undefined = undefined;
  /** Whose personal values the answered resource holds. */
  owner: string | undefined = undefined;
  /** The answer was given before, to the same Idempotency-Key. */
  isReplay = false;

  constructor(incoming: IncomingMessage, requestId: string, receivedAtMs: number) {
    this.incoming = incoming;
    this.requestId = requestId;
    this.receivedAtMs = receivedAtMs;
    this.method = incoming.method ?? 'GET';
    const { path, query } = readTarget(incoming.url ?? '/');
    this.path = path;
    this.query = query;
  }

  /** `name` in lower case. What is given several times is one list. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }
}
