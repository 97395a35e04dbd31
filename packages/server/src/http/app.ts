import type { IncomingMessage, ServerResponse } from 'node:http';
import { requirePermission } from '../access/admission.ts';
import type { ApiLogWriter } from '../api-log/writer.ts';
import type { Exposition } from '../observe/exposition.ts';
import { startRequestSpan } from '../observe/tracing.ts';
import { Refusal } from '../refusal.ts';
import { createAdmission, type Gatekeeping } from './admit.ts';
import { createBodyGate } from './body-gate.ts';
import { Call } from './call.ts';
import { createErrorReply, type ErrorReply } from './error-reply.ts';
import { createRequestLog } from './log-request.ts';
import { createAllowedMethods, type AllowedMethods } from './methods.ts';
import { requireMetricsAccess } from './metrics-access.ts';
import { jsonReply, refusalReply, writeReply, type Reply } from './reply.ts';
import { createRouter, type Found, type Params, type Place } from './router.ts';
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

type Answering = (call: Call) => Promise<Reply> | Reply;
/** The same at one place, with the parameters of its path. */
type Serve = (call: Call, params: Params) => Promise<Reply> | Reply;

/** Everything that is served: the API for keys, and beside it what is for everybody. */
export type App = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

export function createApp(options: AppOptions): App {
  const { ctx } = options;
  const places = [...placesForEverybody(options), ...placesForKeys(options)];
  const find = createRouter(places);
  const allowedMethods = createAllowedMethods(places.filter(({ path }) => path !== metricsPath));
  const route: Answering = (call) => answerFound(call, find(call.method, call.path), allowedMethods);
  const replyToError = createErrorReply(ctx);
  const routeForKeys = admitted(options, route, replyToError);
  const answer = async (call: Call): Promise<Reply> => {
    try {
      return await (isForKeys(call.path) ? routeForKeys(call) : route(call));
    } catch (cause) {
      return replyToError(call, cause);
    }
  };
  return (incoming, outgoing) => {
    const receivedAtMs = ctx.clock.nowMs();
    const call = new Call(incoming, ctx.ids('request', receivedAtMs), receivedAtMs);
    answer(call)
      .then((reply) => {
        writeReply(call, outgoing, reply);
      })
      .catch((cause: unknown) => {
        ctx.log.error({ err: cause, request: call.requestId, path: call.path }, 'request.unanswered');
        outgoing.destroy();
      });
  };
}

function isForKeys(path: string): boolean {
  return path.startsWith(base) && (path.length === base.length || path[base.length] === '/');
}

function placesForEverybody({ ctx, isReady, exposition, metricsToken }: AppOptions): Place<Serve>[] {
  const get = (path: string, what: Serve): Place<Serve> => ({ method: 'GET', path, what });
  const places = [
    get('/healthz', () => jsonReply({ status: 200, body: JSON.stringify({ status: 'alive' }) })),
    get('/readyz', async () => {
      const isUp = await isReady();
      const body = JSON.stringify({ status: isUp ? 'ready' : 'not ready' });
      return jsonReply({ status: isUp ? 200 : 503, body });
    }),
    get(egressAddressesPath, (call) => egressAddresses(ctx, call)),
    get(verifyPath, (call) => showLink(ctx, call)),
    { method: 'POST', path: verifyPath, what: (call: Call) => useLink(ctx, call) },
    ...documentPaths.map((path) => get(path, (call) => serveDocument(path, call))),
  ];
  if (exposition === undefined) return places;
  const metrics = get(metricsPath, async ({ incoming }) => {
    requireMetricsAccess(metricsToken, incoming);
    const headers = { 'Content-Type': exposition.contentType };
    return { status: 200, body: await exposition.render(), headers };
  });
  return [...places, metrics];
}

function placesForKeys(options: AppOptions): Place<Serve>[] {
  const gate = createBodyGate();
  return routes.map((route) => {
    const path = `${base}${route.path}`;
    const what: Serve = (call, params) => {
      const { asker } = call;
      if (asker === undefined) throw new Error('A route was reached without a key.');
      call.route = path;
      requirePermission(asker.key, route.permission);
      const serve = () => serveRoute(options, { route, call, asker, params });
      return gate(asker.key.environmentId, call.incoming, serve);
    };
    return { method: route.method.toUpperCase(), path, what };
  });
}

/** Asks for a key first, and leaves a span, counts and a log of every request, refused ones included. */
function admitted(options: AppOptions, route: Answering, replyToError: ErrorReply): Answering {
  const { ctx } = options;
  const admit = createAdmission(options);
  const logRequest = createRequestLog(options.apiLogs);
  const answer = async (call: Call): Promise<Reply> => {
    try {
      await admit(call);
      return await route(call);
    } catch (cause) {
      return replyToError(call, cause);
    }
  };
  return async (call) => {
    const { method, incoming } = call;
    const span = startRequestSpan(method, incoming.headers);
    call.traceContext = span.traceContext;
    const reply = await span.run(() => answer(call));
    span.end(call.route, reply.status);
    ctx.metrics?.request(method, call.route, reply.status);
    logRequest(call, reply.status);
    return reply;
  };
}

/**
 * Where no route takes the request: below /api/v1 its key was looked at first, so whoever has none learns nothing of
 * what there is.
 */
function answerFound(
  call: Call,
  found: Found<Serve> | undefined,
  allowedMethods: AllowedMethods,
): Promise<Reply> | Reply {
  if (found !== undefined) return found.what(call, found.params);
  const { method, path } = call;
  const allowed = allowedMethods(path);
  const details = `There is no ${method} ${path.slice(0, 200)}.`;
  if (allowed.length === 0) return refusalReply(new Refusal('route_not_found', { details }));
  const takes = allowed.join(', ');
  if (method === 'OPTIONS') return { status: 204, body: null, headers: { Allow: takes } };
  const refusal = new Refusal('method_not_allowed', { details: `${details} It takes ${takes}.` });
  return refusalReply(refusal, { Allow: takes });
}
