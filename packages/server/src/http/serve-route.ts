import { currentApiVersion } from '@credence/contract';
import type { Allowances } from '../allowance/allowances.ts';
import type { Allowance } from '../allowance/share.ts';
import type { Context } from '../context.ts';
import type { Regions } from '../delivery/egress/regions.ts';
import type { UrlRules } from '../delivery/egress/url.ts';
import { compilePatterns } from '../privacy/patterns.ts';
import { Refusal } from '../refusal.ts';
import { requireJsonAccepted, requirePlainBody } from './accept.ts';
import { personsIn, toBody } from './answer-body.ts';
import { identify, send, type Call } from './call.ts';
import { collectBody } from './collect-body.ts';
import { readConventions } from './conventions.ts';
import { errorBody } from './error-body.ts';
import { checkAnswer, nameOf, refusing, statusOf } from './hold-to-reference.ts';
import { answerOnce, readIdempotencyKey, type SentAnswer } from './idempotency.ts';
import type { View } from './present.ts';
import { withinQuota } from './quota.ts';
import { readQuery } from './query.ts';
import { readJsonBody } from './read-body.ts';
import type { Answer, Route, RouteRequest } from './route.ts';

/** What routes are served with. */
export interface Service {
  readonly ctx: Context;
  readonly allowances: Allowances;
  readonly headerPrefix: string;
  readonly egress: Omit<UrlRules, 'production'>;
  readonly regions: Regions;
}

/** Reads an admitted request, lets its route answer it, once where it has an Idempotency-Key, and sends the answer. */
export async function serveRoute(service: Service, route: Route, call: Call): Promise<Response> {
  const traceContext = call.get('traceContext');
  const ctx = traceContext === undefined ? service.ctx : { ...service.ctx, traceContext };
  const { method } = call.req;
  requireJsonAccepted(call.req.header('accept'));
  requirePlainBody(call.env.incoming);
  const idempotencyKey =
    method === 'POST' && route.isReadOnly !== true
      ? readIdempotencyKey(call.req.header('idempotency-key'))
      : undefined;
  const bytes = route.method === 'get' ? Buffer.alloc(0) : await collectBody(call.env.incoming);
  const work = (within: Context) =>
    refusing(ctx.guard, route, () => answer({ ...service, ctx: within }, route, call, bytes));
  if (idempotencyKey === undefined) return send(call, await work(ctx));
  const path = call.env.incoming.url ?? call.req.path;
  const request = { apiKey: call.get('key'), key: idempotencyKey, method, path, body: bytes };
  const once = await answerOnce(ctx, request, work, (refusal) => ({ ...errorBody(refusal), persons: [] }));
  call.set('isReplay', once.isReplay);
  return send(call, once);
}

async function answer(service: Service, route: Route, call: Call, bytes: Buffer): Promise<SentAnswer> {
  const { ctx } = service;
  const query = readQuery(new URL(call.req.url), {
    filters: route.filters ?? [],
    isList: route.filters !== undefined,
    hasOpaqueCursors: route.hasOpaqueCursors === true,
    includes: route.includes ?? [],
  });
  const view = viewOf(ctx, route, call, query.fields);
  const body = readJsonBody(bytes, call.req.header('content-type'));
  call.set('body', bytes.length === 0 ? undefined : body);
  const request = toRequest(service, call, { query, body, apiVersion: view.version });
  const given = checkAnswer(route, await handleWithinQuota(service, route, call, request));
  if (given.kind === 'one') call.set('owner', given.data.owner ?? undefined);
  const status = statusOf(given);
  const shown = toBody(view, given, query, call.req.path);
  if (view.inflection === 'kebab' && view.version === currentApiVersion)
    ctx.guard.answered?.({ method: route.method, path: route.path, status, body: { ...shown } });
  return {
    status,
    body: JSON.stringify(shown),
    persons: view.disclosed.isEmpty ? [] : personsIn(given),
  };
}

/** How the key of the call sees resources. */
function viewOf(ctx: Context, route: Route, call: Call, fields: View['fields']): View {
  const key = call.get('key');
  return {
    ...readConventions((name) => call.req.header(name), key),
    fields,
    disclosed: compilePatterns(key.disclosedAttributes),
    blocklist: compilePatterns(key.attributesBlocklist),
    undeclared: (what) => {
      ctx.guard.undeclared(nameOf(route), what);
    },
  };
}

function toRequest(
  { ctx, egress, headerPrefix, regions }: Service,
  call: Call,
  read: Pick<RouteRequest, 'query' | 'body' | 'apiVersion'>,
): RouteRequest {
  const key = call.get('key');
  return {
    ...read,
    ctx,
    scope: key,
    key,
    clientAddress: call.get('clientAddress'),
    webhookRules: {
      url: { ...egress, production: key.environmentKind === 'production' },
      headerPrefix,
      regions: [...regions.keys()],
    },
    rateLimit: call.get('limit'),
    param: (name) => idParameter(call.req.param(name)),
  };
}

function handleWithinQuota(
  { allowances }: Service,
  route: Route,
  call: Call,
  request: RouteRequest,
): Promise<Answer> {
  const spending = route.creates && {
    environmentId: request.scope.environmentId,
    quota: route.creates.quota,
    count: route.creates.count(request.body),
  };
  const show = (standing: Allowance): void => {
    call.set('quota', standing);
    identify(call);
  };
  return withinQuota(allowances, spending, show, () => route.handle(request));
}

/** Something that cannot be an id is nobody's id. */
function idParameter(value: string | undefined): string {
  if (value === undefined || !/^[a-z]+_[0-9A-Za-z]{1,40}$/.test(value)) throw new Refusal('not_found');
  return value;
}
