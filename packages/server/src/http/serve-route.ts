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
import type { Asker, Call } from './call.ts';
import { collectBody } from './collect-body.ts';
import { readConventions } from './conventions.ts';
import { errorBody } from './error-body.ts';
import { checkAnswer, nameOf, refusing, statusOf } from './hold-to-reference.ts';
import { answerOnce, readIdempotencyKey, type SentAnswer } from './idempotency.ts';
import type { View } from './present.ts';
import { withinQuota } from './quota.ts';
import { readQuery, type QueryRules } from './query.ts';
import { readJsonBody } from './read-body.ts';
import { jsonReply, type Reply } from './reply.ts';
import type { Answer, Route, RouteRequest } from './route.ts';
import type { Params } from './router.ts';

/** What routes are served with. */
export interface Service {
  readonly ctx: Context;
  readonly allowances: Allowances;
  readonly headerPrefix: string;
  readonly egress: Omit<UrlRules, 'production'>;
  readonly regions: Regions;
}

/** A request that was admitted, at its route. */
export interface Visit {
  readonly route: Route;
  readonly call: Call;
  readonly asker: Asker;
  /** Of the path. */
  readonly params: Params;
}

/** Reads an admitted request, and lets its route answer it, once where it has an Idempotency-Key. */
export async function serveRoute(service: Service, visit: Visit): Promise<Reply> {
  const { route, call, asker } = visit;
  const { method, incoming, traceContext } = call;
  const ctx = traceContext === undefined ? service.ctx : { ...service.ctx, traceContext };
  requireJsonAccepted(call.header('accept'));
  requirePlainBody(incoming);
  const idempotencyKey =
    method === 'POST' && route.isReadOnly !== true
      ? readIdempotencyKey(call.header('idempotency-key'))
      : undefined;
  const bytes = route.method === 'get' ? noBytes : await collectBody(incoming);
  const work = (within: Context) => refusing(ctx.guard, route, () => answer(service, within, visit, bytes));
  if (idempotencyKey === undefined) return jsonReply(await work(ctx));
  const path = incoming.url ?? call.path;
  const request = { apiKey: asker.key, key: idempotencyKey, method, path, body: bytes };
  const once = await answerOnce(ctx, request, work, (refusal) => ({ ...errorBody(refusal), persons: [] }));
  call.isReplay = once.isReplay === true;
  return jsonReply(once);
}

const noBytes = Buffer.alloc(0);

async function answer(service: Service, ctx: Context, visit: Visit, bytes: Buffer): Promise<SentAnswer> {
  const { route, call } = visit;
  const query = readQuery(call.query, queryRulesOf(route));
  const view = viewOf(ctx, visit, query.fields);
  const { value: body, text } = readJsonBody(bytes, call.header('content-type'));
  call.body = bytes.length === 0 ? undefined : body;
  const request = toRequest(service, ctx, visit, {
    query,
    body,
    sent: { text, bytes },
    apiVersion: view.version,
  });
  const given = checkAnswer(route, await handleWithinQuota(service, visit, request));
  if (given.kind === 'one') call.owner = given.data.owner ?? undefined;
  const status = statusOf(given);
  const shown = toBody(view, given, query, call.path);
  if (view.inflection === 'kebab' && view.version === currentApiVersion)
    ctx.guard.answered?.({ method: route.method, path: route.path, status, body: { ...shown } });
  return {
    status,
    body: JSON.stringify(shown),
    persons: view.disclosed.isEmpty ? [] : personsIn(given),
  };
}

function queryRulesOf({ filters, hasOpaqueCursors, includes }: Route): QueryRules {
  return {
    filters: filters ?? [],
    isList: filters !== undefined,
    hasOpaqueCursors: hasOpaqueCursors === true,
    includes: includes ?? [],
  };
}

/** How the key of the call sees resources. */
function viewOf(ctx: Context, { route, call, asker: { key } }: Visit, fields: View['fields']): View {
  const { version, inflection } = readConventions(call, key);
  return {
    version,
    inflection,
    fields,
    disclosed: compilePatterns(key.disclosedAttributes),
    blocklist: compilePatterns(key.attributesBlocklist),
    undeclared: (what) => {
      ctx.guard.undeclared(nameOf(route), what);
    },
  };
}

function toRequest(
  { egress, headerPrefix, regions }: Service,
  ctx: Context,
  { asker: { key, clientAddress, limit }, params }: Visit,
  { query, body, sent, apiVersion }: Pick<RouteRequest, 'query' | 'body' | 'sent' | 'apiVersion'>,
): RouteRequest {
  return {
    query,
    body,
    sent,
    apiVersion,
    ctx,
    scope: key,
    key,
    clientAddress,
    webhookRules: {
      url: { ...egress, production: key.environmentKind === 'production' },
      headerPrefix,
      regions: [...regions.keys()],
    },
    rateLimit: limit,
    param: (name) => idParameter(params[name]),
  };
}

function handleWithinQuota(
  { allowances }: Service,
  { route, call }: Visit,
  request: RouteRequest,
): Promise<Answer> {
  if (route.creates === undefined) return route.handle(request);
  const spending = {
    environmentId: request.scope.environmentId,
    quota: route.creates.quota,
    count: route.creates.count(request.body),
  };
  const show = (standing: Allowance): void => {
    call.quota = standing;
  };
  return withinQuota(allowances, spending, show, () => route.handle(request));
}

/** Something that cannot be an id is nobody's id. */
function idParameter(value: string | undefined): string {
  if (value === undefined || !/^[a-z]+_[0-9A-Za-z]{1,40}$/.test(value)) throw new Refusal('not_found');
  return value;
}
