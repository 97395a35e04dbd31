import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '@credence/contract';
import { keepParams, summariseEvents } from './keep-params.ts';
import { masked, maskPath, maskSecretsIn } from './mask.ts';
import { isOperators, typeOfPath } from './public-params.ts';
import { publicParams, type Params } from './select-params.ts';

/** A request that was answered. */
export interface AnsweredRequest {
  readonly environmentId: string;
  readonly id: string;
  readonly receivedAtMs: number;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Without `?`; '' where there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly ipAddress: string;
  /** Keys in kebab-case; undefined where nobody came to read it, or nobody could. */
  readonly body: JsonObject | undefined;
  /** Whose personal values the resource holds that was answered. */
  readonly owner: string | undefined;
  readonly status: number;
  /** As Persona's document lists them. */
  readonly answerHeaders: JsonObject;
}

/** What one request leaves, before it is sealed. */
export interface ApiLogEntry {
  readonly environmentId: string;
  readonly id: string;
  readonly receivedAtMs: number;
  readonly status: number;
  /** JSON, public. */
  readonly request: string;
  /** JSON, public. */
  readonly answerHeaders: string;
  /** JSON of all parameters, where one of them is not public. */
  readonly params: string | undefined;
  /** Whose key seals `params`, the likeliest first; `operator` where the master key does. */
  readonly sealedFor: 'operator' | readonly string[];
  /** About what it takes in memory. */
  readonly bytes: number;
}

const overheadBytes = 400;

/** Makes the log of a request. `words` are those that a path of the API is made of. */
export function toEntry(request: AnsweredRequest, words: ReadonlySet<string>): ApiLogEntry {
  const { environmentId, id, receivedAtMs, status } = request;
  const params = partParams(request);
  const answerHeaders = JSON.stringify(request.answerHeaders);
  const text = JSON.stringify({
    method: request.method,
    path: maskPath(request.path, words),
    headers: keptHeaders(request.headers),
    'get-params': params.shown['get-params'],
    'post-params': params.shown['post-params'],
    'ip-address': request.ipAddress,
  });
  return {
    environmentId,
    id,
    receivedAtMs,
    status,
    request: text,
    answerHeaders,
    params: params.sealed,
    sealedFor: params.sealedFor,
    bytes: text.length + answerHeaders.length + (params.sealed?.length ?? 0) + overheadBytes,
  };
}

interface PartedParams extends Pick<ApiLogEntry, 'sealedFor'> {
  readonly shown: Params;
  readonly sealed: string | undefined;
}

const noParams: PartedParams = {
  shown: { 'get-params': {}, 'post-params': {} },
  sealed: undefined,
  sealedFor: [],
};

/** Most requests read, and have none. */
function partParams(request: AnsweredRequest): PartedParams {
  if (request.query === '' && request.body === undefined) return noParams;
  const type = typeOfPath(request.path);
  const params = keepParams(request.query, postParams(type, request));
  const { shown, isWhole } = publicParams(type, params);
  if (isWhole) return { ...noParams, shown };
  const sealedFor = isOperators(type) ? 'operator' : personsOf(request);
  return { shown, sealed: JSON.stringify(params), sealedFor };
}

function postParams(type: string, { body }: AnsweredRequest): JsonObject {
  if (body === undefined) return {};
  return type === 'event' ? summariseEvents(body) : body;
}

/** Of what was refused nobody is the owner: it was about whom the path names, if that is a person. */
function personsOf({ owner, path }: AnsweredRequest): readonly string[] {
  const [, , , , id] = path.split('/', 5);
  return [owner, id].filter((person): person is string => person !== undefined);
}

/** Those that Persona's document lists. */
const headerNames = ['Accept', 'Host', 'Persona-Version', 'User-Agent'] as const;
const maxHeaderLength = 256;

function keptHeaders(headers: IncomingHttpHeaders): JsonObject {
  const kept: Record<string, string> = { Authorization: masked };
  for (const name of headerNames) {
    const value = headers[name.toLowerCase()];
    if (typeof value === 'string') kept[name] = maskSecretsIn(value.slice(0, maxHeaderLength));
  }
  return kept;
}
