import type { ApiVersion, ErrorCode, JsonObject } from '@credence/contract';
import type { z } from 'zod';
import type { OwnedResource } from '../privacy/snapshot.ts';
import type { QuotaName } from '../allowance/allowances.ts';
import type { Allowance } from '../allowance/share.ts';
import type { Permission } from '../access/permissions.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import type { Context, Scope } from '../context.ts';
import type { WebhookRules } from '../webhook/schema.ts';
import type { Page } from '../db/page.ts';
import type { SentBody } from './json-texts.ts';
import type { Query } from './query.ts';

/** What a route answers. Resources are shown as the caller's key may see them. */
export type Answer =
  | {
      readonly kind: 'one';
      readonly status?: 200 | 201;
      readonly data: OwnedResource;
      /** By name of relationship; `include` chooses. */
      readonly related?: Readonly<Record<string, readonly OwnedResource[]>>;
      readonly meta?: JsonObject;
    }
  /** All of what one request made or changed, without pages. */
  | {
      readonly kind: 'many';
      readonly status: 200 | 201;
      readonly data: readonly OwnedResource[];
      /** Of all of them together, by name of relationship; `include` chooses. */
      readonly related?: Readonly<Record<string, readonly OwnedResource[]>>;
    }
  | {
      readonly kind: 'page';
      readonly data: readonly OwnedResource[];
      readonly hasPrevious: boolean;
      readonly hasNext: boolean;
      readonly meta?: JsonObject;
    }
  /** A page whose neighbours are named by opaque cursors. */
  | {
      readonly kind: 'search';
      readonly data: readonly OwnedResource[];
      readonly previous: string | null;
      readonly next: string | null;
    }
  /** What is no object of anybody's: it has no id and nothing to hide. */
  | { readonly kind: 'figures'; readonly data: readonly Figures[] };

export interface Figures {
  readonly type: string;
  readonly attributes: JsonObject;
}

export interface RouteRequest {
  readonly ctx: Context;
  readonly scope: Scope;
  readonly key: ApiKeyRow;
  /** Empty where it is not known any more. */
  readonly clientAddress: string;
  /** The version of the answer, and of a webhook that is made. */
  readonly apiVersion: ApiVersion;
  readonly query: Query;
  /** Keys in kebab-case. `{}` where the request had no body. */
  readonly body: JsonObject;
  /** The body as it came, for a route that passes a part of it on. */
  readonly sent: SentBody;
  readonly webhookRules: WebhookRules;
  /** How the environment stands to its rate limit, this request counted. */
  readonly rateLimit: Allowance;
  readonly param: (name: string) => string;
}

/** What the reference says of a route, and what the route is held to. */
export interface RouteReference {
  /** Persona's `operationId` where its document has the operation; else of our own, in kebab-case. */
  readonly id: string;
  /** In the imperative, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  /** Of the request; absent where it has none. The same schema that the handler checks with. */
  readonly body?: z.ZodType;
  readonly answer: {
    readonly statuses: readonly (200 | 201 | 202)[];
    readonly data: 'one' | 'many' | 'none';
    /** Types of `data`. */
    readonly types: readonly string[];
    /** Members of `meta`. */
    readonly meta?: z.ZodType;
  };
  /** Beyond what every route can refuse: `bad_request`, 401, `forbidden`, `rate_limited`, … */
  readonly refusals: readonly ErrorCode[];
}

export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Below `/api/v1`, parameters as `:name`. */
  readonly path: string;
  /** null where any key may: what it shows stands in the headers of every answer. */
  readonly permission: Permission | null;
  readonly reference: RouteReference;
  /** A POST that changes nothing: an `Idempotency-Key` is not looked at. */
  readonly isReadOnly?: boolean;
  /** For a list: the filters it takes. Absent: the route answers one resource. */
  readonly filters?: readonly string[];
  /** A page of it is asked for by cursors that are no ids. */
  readonly hasOpaqueCursors?: true;
  /** Names that `include` may take. */
  readonly includes?: readonly string[];
  /** What it creates that a quota may be set on, and how many of them a body asks for. The body is not checked yet. */
  readonly creates?: { readonly quota: QuotaName; readonly count: (body: JsonObject) => number };
  readonly handle: (request: RouteRequest) => Promise<Answer>;
}

/** Puts a walk of up to `size + 1` rows in order, and says what lies on either side. */
export function toPage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  page: Page,
): { readonly rows: readonly Row[]; readonly hasPrevious: boolean; readonly hasNext: boolean } {
  const isBackwards = page.before !== null;
  const hasMore = rows.length > page.size;
  const shown = rows.slice(0, page.size);
  return {
    rows: isBackwards ? shown.reverse() : shown,
    hasPrevious: isBackwards ? hasMore : page.after !== null,
    hasNext: isBackwards ? true : hasMore,
  };
}

/** One more than asked for, to know whether there is more. */
export function walkOf(page: Page): Page {
  return { ...page, size: page.size + 1 };
}
