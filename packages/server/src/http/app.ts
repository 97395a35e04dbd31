import {
  currentApiVersion,
  inflectDocumentKeys,
  limits,
  type Json,
  type JsonObject,
} from '@credence/contract';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context as HonoContext } from 'hono';
import { requireAddress, requirePermission } from '../access/admission.ts';
import { createAuthenticate } from '../access/authenticate.ts';
import type { KeyUses } from '../access/key-uses.ts';
import type { ApiLogWriter } from '../api-log/writer.ts';
import type { Context } from '../context.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import type { Exposition } from '../observe/exposition.ts';
import { startRequestSpan } from '../observe/tracing.ts';
import { compilePatterns } from '../privacy/patterns.ts';
import { Refusal } from '../refusal.ts';
import { includesByDefault } from '../versions/conventions.ts';
import type { Regions } from '../delivery/egress/regions.ts';
import type { UrlRules } from '../delivery/egress/url.ts';
import type { Allowances } from '../allowance/allowances.ts';
import type { Allowance } from '../allowance/share.ts';
import { requireJsonAccepted, requirePlainBody } from './accept.ts';
import { createBodyGate } from './body-gate.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';
import { collectBody } from './collect-body.ts';
import { readConventions } from './conventions.ts';
import { includedResources } from './include.ts';
import { createRequestLog } from './log-request.ts';
import { errorBody } from './error-body.ts';
import { checkAnswer, nameOf, refusing, statusOf } from './hold-to-reference.ts';
import { answerOnce, readIdempotencyKey, type SentAnswer } from './idempotency.ts';
import { createAllowedMethods, type AllowedMethods } from './methods.ts';
import { requireMetricsAccess } from './metrics-access.ts';
import { presentMany, presentOne, type Body, type View } from './present.ts';
import { withinQuota } from './quota.ts';
import { readQuery, type Query } from './query.ts';
import { readJsonBody } from './read-body.ts';
import type { Answer, Route, RouteRequest } from './route.ts';
import { routes } from './routes/index.ts';
import { showLink, useLink, verifyPath } from './verify.ts';
import { documentPaths, serveDocument } from './served-document.ts';
import { egressAddresses, egressAddressesPath } from './well-known.ts';

export interface AppOptions {
  readonly ctx: Context;
  readonly allowances: Allowances;
  readonly headerPrefix: string;
  readonly egress: Omit<UrlRules, 'production'>;
  readonly regions: Regions;
  readonly trustedProxies: TrustedProxies;
  readonly keyUses: KeyUses;
  /** Database and engine are ready. */
  readonly isReady: () => Promise<boolean>;
  readonly exposition?: Exposition;
  readonly metricsToken?: string | undefined;
  /** Absent: requests are not logged. */
  readonly apiLogs?: ApiLogWriter | undefined;
}

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

const base = '/api/v1';
/** Hidden from who may not read it: it is not among the methods either. */
const metricsPath = '/metrics';

/** The API, to be served by @hono/node-server. */
export function createApp(options: AppOptions): Hono<Env> {
  const { ctx } = options;
  const app = new Hono<Env>();
  const authenticate = createAuthenticate(ctx.db, ctx.clock);
  const gate = createBodyGate();
  const { api } = options.allowances;
  const logRequest = createRequestLog(options.apiLogs);

  app.use(async (call, next) => {
    call.set('receivedAtMs', ctx.clock.nowMs());
    call.set('requestId', ctx.ids('request', call.get('receivedAtMs')));
    // Before the answer is made: a header that is added to one makes it a much dearer object.
    call.header('Request-Id', call.get('requestId'));
    await next();
    if (call.req.method === 'HEAD') await tellLength(call);
  });
  app.get('/healthz', (call) => call.json({ status: 'alive' }));
  app.get('/readyz', async (call) => {
    const isReady = await options.isReady();
    return call.json({ status: isReady ? 'ready' : 'not ready' }, isReady ? 200 : 503);
  });
  app.get(egressAddressesPath, (call) => egressAddresses(ctx, call));
  app.get(verifyPath, (call) => showLink(ctx, call));
  app.post(verifyPath, (call) => useLink(ctx, call));
  for (const path of documentPaths) app.get(path, (call) => serveDocument(path, call));
  const { exposition } = options;
  if (exposition !== undefined) {
    app.get(metricsPath, async (call) => {
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
    logRequest(call);
  });
  app.use(`${base}/*`, async (call: Call, next) => {
    if (call.req.url.length > limits.uriLength) {
      throw new Refusal('uri_too_long', {
        details: `The URL must have at most ${String(limits.uriLength)} characters.`,
      });
    }
    const key = await authenticate(call.req.header('authorization'));
    call.set('key', key);
    call.set('clientAddress', clientAddress(call.env.incoming, options.trustedProxies));
    call.set('limit', await api.take(key.environmentId));
    if (call.get('limit').isExceeded) {
      const details = `The limit is ${String(api.limit)} requests / min for an environment.`;
      throw new Refusal('rate_limited', { details });
    }
    requireAddress(key, call.get('clientAddress'));
    options.keyUses.note(key);
    identify(call);
    await next();
  });
  for (const route of routes)
    app.on(route.method, `${base}${route.path}`, (call) => {
      call.set('route', `${base}${route.path}`);
      requirePermission(call.get('key'), route.permission);
      return gate(call.get('key').environmentId, call.env.incoming, () => serve(options, route, call));
    });
  const allowedMethods = createAllowedMethods(app.routes.filter(({ path }) => path !== metricsPath));
  app.notFound((call) => answerUnrouted(call, allowedMethods));
  app.onError((cause, call) => answerError(ctx, call, cause));
  return app;
}

/**
 * No route takes the request. Below /api/v1 its key was looked at first, so whoever has none learns nothing of what
 * there is.
 */
function answerUnrouted(call: Call, allowedMethods: AllowedMethods): Response {
  const { method, path } = call.req;
  const allowed = allowedMethods(path);
  const details = `There is no ${method} ${path.slice(0, 200)}.`;
  if (allowed.length === 0) return refuse(call, new Refusal('route_not_found', { details }));
  call.header('Allow', allowed.join(', '));
  if (method === 'OPTIONS') return call.body(null, 204);
  return refuse(
    call,
    new Refusal('method_not_allowed', { details: `${details} It takes ${allowed.join(', ')}.` }),
  );
}

/** The body is left out of the answer to a HEAD, and would take its length along. */
async function tellLength(call: Call): Promise<void> {
  const { byteLength } = await call.res.clone().arrayBuffer();
  if (byteLength > 0) call.header('Content-Length', String(byteLength));
}

/** Headers of every answer to an authenticated request. */
function identify(call: Call): void {
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

async function serve(options: AppOptions, route: Route, call: Call): Promise<Response> {
  const traceContext = call.get('traceContext');
  const ctx = traceContext === undefined ? options.ctx : { ...options.ctx, traceContext };
  const { method } = call.req;
  requireJsonAccepted(call.req.header('accept'));
  requirePlainBody(call.env.incoming);
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
  const once = await answerOnce(ctx, request, work, refusalAnswer);
  call.set('isReplay', once.isReplay);
  return send(call, once);
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
    ...readConventions((name) => call.req.header(name), key),
    fields: query.fields,
    disclosed: compilePatterns(key.disclosedAttributes),
    blocklist: compilePatterns(key.attributesBlocklist),
    undeclared: (what) => {
      ctx.guard.undeclared(nameOf(route), what);
    },
  };
  const body = readJsonBody(bytes, call.req.header('content-type'));
  call.set('body', bytes.length === 0 ? undefined : body);
  const request: RouteRequest = {
    ctx,
    scope: key,
    key,
    apiVersion: view.version,
    clientAddress: call.get('clientAddress'),
    query,
    body,
    webhookRules: {
      url: { ...options.egress, production: key.environmentKind === 'production' },
      headerPrefix: options.headerPrefix,
      regions: [...options.regions.keys()],
    },
    rateLimit: call.get('limit'),
    param: (name) => idParameter(call.req.param(name)),
  };
  const spending = route.creates && {
    environmentId: key.environmentId,
    quota: route.creates.quota,
    count: route.creates.count(body),
  };
  const showQuota = (standing: Allowance): void => {
    call.set('quota', standing);
    identify(call);
  };
  const given = checkAnswer(
    route,
    await withinQuota(options.allowances, spending, showQuota, () => route.handle(request)),
  );
  if (given.kind === 'one') call.set('owner', given.data.owner ?? undefined);
  const status = statusOf(given);
  const shown = toBody(view, given, query, call.req.path);
  if (view.inflection === 'kebab' && view.version === currentApiVersion)
    ctx.guard.answered?.({ method: route.method, path: route.path, status, body: { ...shown } });
  return {
    status,
    body: JSON.stringify(shown),
    persons: view.disclosed.isEmpty || given.kind === 'figures' ? [] : personsIn(given),
  };
}

function personsIn(given: Exclude<Answer, { kind: 'figures' }>): string[] {
  const shown =
    given.kind === 'one' ? [given.data, ...Object.values(given.related ?? {}).flat()] : given.data;
  return [...new Set(shown.flatMap(({ owner }) => owner ?? []))];
}

/** Something that cannot be an id is nobody's id. */
function idParameter(value: string | undefined): string {
  if (value === undefined || !/^[a-z]+_[0-9A-Za-z]{1,40}$/.test(value)) throw new Refusal('not_found');
  return value;
}

function toBody(view: View, answer: Answer, query: Query, path: string): Body {
  if (answer.kind === 'figures')
    return { data: answer.data.map((each) => inflectDocumentKeys({ ...each }, view.inflection)) };
  if (answer.kind === 'many') return { data: presentMany(view, answer.data) };
  if (answer.kind === 'page' || answer.kind === 'search') {
    const data = presentMany(view, answer.data);
    return { data, links: links(answer, query, path), ...metaOf(view, answer) };
  }
  const byDefault = includesByDefault(view.version) ? Object.keys(answer.related ?? {}) : [];
  return {
    ...presentOne(view, answer.data, includedResources(answer, query.include ?? byDefault)),
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

function refusalAnswer(refusal: Refusal): SentAnswer {
  return { ...errorBody(refusal), persons: [] };
}
