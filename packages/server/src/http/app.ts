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
import type { Exposition } from '../observe/exposition.ts';
import { startRequestSpan } from '../observe/tracing.ts';
import { compilePatterns } from '../privacy/patterns.ts';
import { Refusal } from '../refusal.ts';
import type { Regions } from '../delivery/egress/regions.ts';
import type { UrlRules } from '../delivery/egress/url.ts';
import { createBodyGate } from './body-gate.ts';
import { collectBody } from './collect-body.ts';
import { checkAnswer, nameOf, refusing, statusOf } from './hold-to-reference.ts';
import { answerOnce, readIdempotencyKey, type SentAnswer } from './idempotency.ts';
import { requireMetricsAccess } from './metrics-access.ts';
import { presentMany, presentOne, type Body, type View } from './present.ts';
import { readQuery, type Query } from './query.ts';
import { createRateLimit, type RateLimitState } from './rate-limit.ts';
import { readJsonBody } from './read-body.ts';
import type { Answer, Route } from './route.ts';
import { routes } from './routes/index.ts';
import { documentPaths, serveDocument } from './served-document.ts';
import { egressAddresses, egressAddressesPath } from './well-known.ts';

export interface AppOptions {
  readonly ctx: Context;
  readonly apiRateLimit: number;
  readonly headerPrefix: string;
  readonly egress: Omit<UrlRules, 'production'>;
  readonly regions: Regions;
  /** Database and engine are ready. */
  readonly isReady: () => Promise<boolean>;
  readonly exposition?: Exposition;
  readonly metricsToken?: string | undefined;
}

type Env = {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    key: ApiKeyRow;
    limit: RateLimitState;
    /** The template of the path. */
    route: string;
    traceContext: string | undefined;
  };
};
type Call = HonoContext<Env>;

const base = '/api/v1';

/** The API, to be served by @hono/node-server. */
export function createApp(options: AppOptions): Hono<Env> {
  const { ctx } = options;
  const app = new Hono<Env>();
  const authenticate = createAuthenticate(ctx.db, ctx.clock);
  const gate = createBodyGate();
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
  for (const path of documentPaths) app.get(path, (call) => serveDocument(path, call));
  const { exposition } = options;
  if (exposition !== undefined) {
    app.get('/metrics', async (call) => {
      requireMetricsAccess(options.metricsToken, call.env.incoming);
      return call.body(await exposition.render(), 200, { 'Content-Type': exposition.contentType });
    });
  }
  app.use(`${base}/*`, async (call: Call, next) => {
    const { method } = call.req;
    const span = startRequestSpan(method, call.env.incoming.headers);
    call.set('route', 'none');
    call.set('traceContext', span.traceContext);
    await span.run(next);
    span.end(call.get('route'), call.res.status);
    ctx.metrics?.request(method, call.get('route'), call.res.status);
  });
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
    app.on(route.method, `${base}${route.path}`, (call) =>
      gate(call.get('key').environmentId, call.env.incoming, () => serve(options, route, call)),
    );
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
  call.set('route', `${base}${route.path}`);
  const traceContext = call.get('traceContext');
  const ctx = traceContext === undefined ? options.ctx : { ...options.ctx, traceContext };
  const { method } = call.req;
  const idempotencyKey =
    method === 'POST' && route.isReadOnly !== true
      ? readIdempotencyKey(call.req.header('idempotency-key'))
      : undefined;
  const bytes = route.method === 'get' ? Buffer.alloc(0) : await collectBody(call.env.incoming);
  const work = (within: Context) =>
    refusing(ctx.guard, route, () => answer(within, options, route, call, bytes));
  if (idempotencyKey === undefined) return send(call, await work(ctx));
  const { id: apiKeyId, environmentId } = call.get('key');
  const path = call.env.incoming.url ?? call.req.path;
  const request = { apiKeyId, environmentId, key: idempotencyKey, method, path, body: bytes };
  return send(call, await answerOnce(ctx, request, work, refusalAnswer));
}

function send(call: Call, { status, body }: SentAnswer): Response {
  // A status of the routes or of the catalogue: all have a body.
  return call.body(body, status as 200, { 'Content-Type': 'application/json' });
}

async function answer(
  ctx: Context,
  options: AppOptions,
  route: Route,
  call: Call,
  bytes: Buffer,
): Promise<SentAnswer> {
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
    undeclared: (what) => {
      ctx.guard.undeclared(nameOf(route), what);
    },
  };
  const given = checkAnswer(
    route,
    await route.handle({
      ctx,
      scope: key,
      key,
      apiVersion: call.req.header('persona-version') ?? currentApiVersion,
      query,
      body: readJsonBody(bytes, call.req.header('content-type')),
      webhookRules: {
        url: { ...options.egress, production: key.environmentKind === 'production' },
        headerPrefix: options.headerPrefix,
        regions: [...options.regions.keys()],
      },
      param: (name) => idParameter(call.req.param(name)),
    }),
  );
  const status = statusOf(given);
  const body = toBody(view, given, query, call.req.path);
  if (view.inflection === 'kebab')
    ctx.guard.answered?.({ method: route.method, path: route.path, status, body: { ...body } });
  return {
    status,
    body: JSON.stringify(body),
    persons: view.disclosed.isEmpty ? [] : personsIn(given),
  };
}

function personsIn(given: Answer): string[] {
  const shown =
    given.kind === 'one' ? [given.data, ...Object.values(given.related ?? {}).flat()] : given.data;
  return [...new Set(shown.flatMap(({ owner }) => owner ?? []))];
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

function refuse(call: Call, refusal: Refusal): Response {
  identify(call);
  call.header('Request-Id', call.get('requestId'));
  return send(call, refusalAnswer(refusal));
}

function refusalAnswer({ code, details, pointer }: Refusal): SentAnswer {
  const { status, title } = errorCatalogue[code];
  const error = {
    title,
    ...(details === undefined || status === 401 ? {} : { details }),
    ...(pointer === undefined ? {} : { source: { pointer } }),
  };
  return { status, body: JSON.stringify({ errors: [error] }), persons: [] };
}
