import type { AnyJson } from '@credence/server/internals/testing/persona-openapi';

/** A request that was sent, and what the document says of its answer. */
export interface Exchange {
  /** As `get /inquiries/{inquiry-id}`; undefined where the document has no such operation. */
  readonly operation: string | undefined;
  /** What it was sent for; undefined where it only prepared another. */
  readonly wanted: number | undefined;
  readonly status: number;
  /** What of the answer, or of the request, is not as the document says. */
  readonly problems: readonly string[];
  /** Title and details of the first error. */
  readonly refusal: string;
}

export interface ApiRequest {
  readonly method: string;
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  /** Text goes out as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: AnyJson;
}

/** `key` undefined: without one. */
export async function ask(url: string, key: string | undefined, request: ApiRequest): Promise<ApiAnswer> {
  const { method, path, body, headers } = request;
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? undefined : JSON.parse(text),
  };
}

export function refusalOf({ json }: ApiAnswer): string {
  const [error] = json?.errors ?? [];
  return error === undefined ? '' : [error.title, error.details].filter(Boolean).join(': ');
}
