import {
  currentApiVersion,
  errorCatalogue,
  inflectDocumentKeys,
  limits,
  servedApiVersions,
  type Json,
  type KeyInflection,
} from '@credence/contract';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context as HonoContext } from 'hono';
import { createAuthenticate } from '../access/authenticate.ts';
import type { Context } from '../context.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import { compilePatterns } from '../privacy/patterns.ts';
import { Refusal } from '../refusal.ts';
import type { Regions } from '../delivery/egress/regions.ts';
import type { UrlRules } from '../delivery/egress/url.ts';
import { presentMany, presentOne, type Body, type View } from './present.ts';
import { readQuery, type Query } from './query.ts';
import { createRateLimit, type RateLimitState } from './rate-limit.ts';
import { readJsonBody } from './read-body.ts';
import type { Answer, Route } from './route.ts';
import { routes } from './routes/index.ts';
import { egressAddresses, egressAddressesPath } from './well-known.ts';

export interface AppOptions {
  readonly ctx: Context;
  readonly apiRateLimit: number;
  readonly headerPrefix: string;
  readonly egress: Omit<UrlRules, 'production'>;
  readonly regions: Regions;
  /** Database and engine are ready. */
  readonly isReady: () => Promise<boolean>;
}

type Env = {
  Bindings: HttpBindings;
  Variables: { requestId: string; key: ApiKeyRow; limit: RateLimitState };
};
type Call = HonoContext<Env>;

const base = '/api/v1';

/** The API, to be served by @hono/node-server. */
export function createApp(options: AppOptions): Hono<Env> {
  const { ctx } = options;
  const app = new Hono<Env>();
  const authenticate = createAuthenticate(ctx.db, ctx.clock);
  const countRequest = createRateLimit(ctx.clock, options.apiRateLimit);

  app.use(async (call, next) => {
    call.set('requestId', ctx.ids('request', ctx.clock.nowMs()));
    // Before the answer is made: a header that is added to one makes it a much dearer object.
    call.header('Request-Id', call.get('requestId'));
    await next();
  });
  app.get('/healthz', (call) => call.json({ status: 'alive' }));
  app.get('/readyz', async (call) => {
    const isReady = await options.isReady();
    return call.json({ status: isReady ? 'ready' : 'not ready' }, isReady ? 200 : 503);
  });
  app.get(egressAddressesPath, (call) => egressAddresses(ctx, call));
  app.use(`${base}/*`, async (call: Call, next) => {
    if (call.req.url.length > limits.uriLength) {
      throw new Refusal('uri_too_long', {
        details: `The URL must have at most ${String(limits.uriLength)} characters.`,
      });
    }
    const key = await authenticate(call.req.header('authorization'));
    call.set('key', key);
    call.set('limit', countRequest(key.environmentId));
    if (call.get('limit').isExceeded) {
      const details = `The limit is ${String(options.apiRateLimit)} requests / min for an environment.`;
      throw new Refusal('rate_limited', { details });
    }
    identify(call);
    await next();
  });
  for (const route of routes)
    app.on(route.method, `${base}${route.path}`, (call) => serve(options, route, call));
  app.notFound((call) => refuse(call, new Refusal('route_not_found', { details: unknownRoute(call) })));
  app.onError((cause, call) => answerError(ctx, call, cause));
  return app;
}

function unknownRoute(call: Call): string {
  return `There is no ${call.req.method} ${call.req.path.slice(0, 200)}.`;
}

/** Headers of every answer to an authenticated request. */
function identify(call: Call): void {
  const key = call.get('key') as ApiKeyRow | undefined;
  const limit = call.get('limit') as RateLimitState | undefined;
  if (key === undefined || limit === undefined) return;
  call.header('Persona-Environment-Id', key.environmentId);
  call.header('Persona-Organization-Id', key.organizationId);
  call.header('RateLimit-Limit', String(limit.limit));
  call.header('RateLimit-Remaining', String(limit.remaining));
  call.header('RateLimit-Reset', String(limit.secondsToReset));
}

async function serve(options: AppOptions, route: Route, call: Call): Promise<Response> {
  const key = call.get('key');
  const query = readQuery(new URL(call.req.url), {
    filters: route.filters ?? [],
    isList: route.filters !== undefined,
    hasOpaqueCursors: route.hasOpaqueCursors === true,
    includes: route.includes ?? [],
  });
  const view: View = {
    ...readConventions(call),
    fields: query.fields,
    disclosed: compilePatterns(key.disclosedAttributes),
  };
  const answer = await route.handle({
    ctx: options.ctx,
    scope: key,
    key,
    apiVersion: call.req.header('persona-version') ?? currentApiVersion,
    query,
    body: route.method === 'get' ? {} : await readJsonBody(call.env.incoming),
    webhookRules: {
      url: { ...options.egress, production: key.environmentKind === 'production' },
      headerPrefix: options.headerPrefix,
      regions: [...options.regions.keys()],
    },
    param: (name) => idParameter(call.req.param(name)),
  });
  const status = 'status' in answer ? (answer.status ?? 200) : 200;
  return call.json(toBody(view, answer, query, call.req.path), status);
}

/** Something that cannot be an id is nobody's id. */
function idParameter(value: string | undefined): string {
  if (value === undefined || !/^[a-z]+_[0-9A-Za-z]{1,40}$/.test(value)) throw new Refusal('not_found');
  return value;
}

function readConventions(call: Call): { inflection: KeyInflection } {
  const version = call.req.header('persona-version');
  if (version !== undefined && !servedApiVersions.includes(version)) {
    const details = `Persona-Version must be one of ${servedApiVersions.join(', ')}`;
    throw new Refusal('bad_request', { details });
  }
  const inflection = call.req.header('key-inflection') ?? 'kebab';
  if (inflection !== 'kebab' && inflection !== 'camel' && inflection !== 'snake') {
    throw new Refusal('bad_request', { details: 'Key-Inflection must be one of kebab, camel, snake' });
  }
  return { inflection };
}

function toBody(view: View, answer: Answer, query: Query, path: string): Body {
  if (answer.kind === 'many') return { data: presentMany(view, answer.data) };
  if (answer.kind === 'page' || answer.kind === 'search') {
    const data = presentMany(view, answer.data);
    return { data, links: links(answer, query, path), ...metaOf(view, answer) };
  }
  const included = (query.include ?? []).flatMap((name) => answer.related?.[name] ?? []);
  return {
    ...presentOne(view, answer.data, included),
    ...metaOf(view, answer),
  };
}

function metaOf(view: View, answer: Answer): Pick<Body, 'meta'> {
  const meta = 'meta' in answer ? answer.meta : undefined;
  return meta === undefined ? {} : { meta: inflectDocumentKeys(meta, view.inflection) };
}

function links(answer: Extract<Answer, { kind: 'page' | 'search' }>, query: Query, path: string): Json {
  const link = (name: string, cursor: string | null): string | null => {
    if (cursor === null) return null;
    const parameters = new URLSearchParams();
    for (const [filter, value] of query.filter) parameters.set(`filter[${filter}]`, value);
    for (const [type, names] of query.fields) parameters.set(`fields[${type}]`, names.join(','));
    parameters.set(`page[${name}]`, cursor);
    if (query.page.size !== limits.defaultPageSize) parameters.set('page[size]', String(query.page.size));
    return `${path}?${parameters.toString()}`;
  };
  if (answer.kind === 'search') {
    return { prev: link('before', answer.previous), next: link('after', answer.next) };
  }
  const first = answer.data.at(0)?.resource.id ?? null;
  const last = answer.data.at(-1)?.resource.id ?? null;
  return {
    prev: answer.hasPrevious ? link('before', first) : null,
    next: answer.hasNext ? link('after', last) : null,
  };
}

function answerError(ctx: Context, call: Call, cause: unknown): Response {
  if (cause instanceof Refusal) return refuse(call, cause);
  ctx.log.error({ err: cause, request: call.get('requestId'), path: call.req.path }, 'request.broke');
  return refuse(
    call,
    new Refusal('internal', { details: `Request ${call.get('requestId')} failed; it is in the log.` }),
  );
}

function refuse(call: Call, { code, details, pointer }: Refusal): Response {
  const { status, title } = errorCatalogue[code];
  identify(call);
  call.header('Request-Id', call.get('requestId'));
  const error = {
    title,
    ...(details === undefined || status === 401 ? {} : { details }),
    ...(pointer === undefined ? {} : { source: { pointer } }),
  };
  return call.json({ errors: [error] }, status);
}
