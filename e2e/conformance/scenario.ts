import type { Makers } from './makers.ts';

/** Whose key a request is sent with. */
export type Caller = 'plain' | 'disclosing' | 'production';

/** What to send to an operation, beside its method and path. */
export interface Ask {
  /** In place of the parameter in the path. */
  readonly id?: string;
  /** With its question mark. */
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it: successes with a key that discloses nothing and with one that discloses all, the rest with the first. */
  readonly caller?: Caller;
  /** Sent to the same operation first. */
  readonly before?: Ask;
}

/** Brings about what the answer needs, and says what to send then. */
export type Provocation = (make: Makers) => Ask | Promise<Ask>;

/**
 * How an operation is driven to each status that the document lists for it: by these requests, or not, and why.
 * 400, 401, 403, 404, 429 and, by an idempotency key, 409 of a POST come about in the same way for all operations: see
 * `generic.ts`.
 */
export type Scenario = Readonly<Record<number, readonly Provocation[] | string>>;

/** By the document's operationId. */
export type Scenarios = Readonly<Record<string, Scenario>>;

export const takesNoValue = 'It takes no value that could be wrong.';
export const listsNothing = 'A list of what is not there is empty.';
