import { Hono } from 'hono';
import { requirePermission } from '../access/admission.ts';
import type { ApiLogWriter } from '../api-log/writer.ts';
import type { Context } from '../context.ts';
import type { Exposition } from '../observe/exposition.ts';
import { startRequestSpan } from '../observe/tracing.ts';
import { Refusal } from '../refusal.ts';
import { createAdmission, type Gatekeeping } from './admit.ts';
import { createBodyGate } from './body-gate.ts';
import { refuse, type Call, type Env } from './call.ts';
import { createRequestLog } from './log-request.ts';
import { createAllowedMethods, type AllowedMethods } from './methods.ts';
import { requireMetricsAccess } from './metrics-access.ts';
import { routes } from './routes/index.ts';
import { serveRoute, type Service } from './serve-route.ts';
import { documentPaths, serveDocument } from './served-document.ts';
import { showLink, useLink, verifyPath } from './verify.ts';
import { egressAddresses, egressAddressesPath } from './well-known.ts';

export interface AppOptions extends Service, Gatekeeping {
  /** Database and engine are ready. */
  readonly isReady: () => Promise<boolean>;
  readonly exposition?: Exposition;
  readonly metricsToken?: string | undefined;
  /** Absent: requests are not logged. */
  readonly apiLogs?: ApiLogWriter | undefined;
}

const base = '/api/v1';
/** Hidden from who may not read it: it is not among the methods either. */
const metricsPath = '/metrics';

/** Everything that is served, by @hono/node-server: the API for keys, and beside it what is for everybody. */
export function createApp(options: AppOptions): Hono<Env> {
  const { ctx } = options;
  const app = new Hono<Env>();
  app.use(async (call, next) => {
    call.set('receivedAtMs', ctx.clock.nowMs());
    call.set('requestId', ctx.ids('request', call.get('receivedAtMs')));
    // Before the answer is made: a header that is added to one makes it a much dearer object.
    call.header('Request-Id', call.get('requestId'));
    await next();
    if (call.req.method === 'HEAD') await tellLength(call);
  });
  serveEverybody(app, options);
  serveKeys(app, options);
  const allowedMethods = createAllowedMethods(app.routes.filter(({ path }) => path !== metricsPath));
  app.notFound((call) => answerUnrouted(call, allowedMethods));
  app.onError((cause, call) => answerError(ctx, call, cause));
  return app;
}

function serveEverybody(app: Hono<Env>, { ctx, isReady, exposition, metricsToken }: AppOptions): void {
  app.get('/healthz', (call) => call.json({ status: 'alive' }));
  app.get('/readyz', async (call) => {
    const isUp = await isReady();
    return call.json({ status: isUp ? 'ready' : 'not ready' }, isUp ? 200 : 503);
  });
  app.get(egressAddressesPath, (call) => egressAddresses(ctx, call));
  app.get(verifyPath, (call) => showLink(ctx, call));
  app.post(verifyPath, (call) => useLink(ctx, call));
  for (const path of documentPaths) app.get(path, (call) => serveDocument(path, call));
  if (exposition === undefined) return;
  app.get(metricsPath, async (call) => {
    requireMetricsAccess(metricsToken, call.env.incoming);
    return call.body(await exposition.render(), 200, { 'Content-Type': exposition.contentType });
  });
}

function serveKeys(app: Hono<Env>, options: AppOptions): void {
  const { ctx } = options;
  const admit = createAdmission(options);
  const gate = createBodyGate();
  const logRequest = createRequestLog(options.apiLogs);
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
    await admit(call);
    await next();
  });
  for (const route of routes)
    app.on(route.method, `${base}${route.path}`, (call) => {
      call.set('route', `${base}${route.path}`);
      requirePermission(call.get('key'), route.permission);
      return gate(call.get('key').environmentId, call.env.incoming, () => serveRoute(options, route, call));
    });
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

function answerError(ctx: Context, call: Call, cause: unknown): Response {
  if (cause instanceof Refusal) return refuse(call, cause);
  ctx.log.error({ err: cause, request: call.get('requestId'), path: call.req.path }, 'request.broke');
  return refuse(
    call,
    new Refusal('internal', { details: `Request ${call.get('requestId')} failed; it is in the log.` }),
  );
}
