import type { JsonObject, JsonValue } from '@credence/receiver';
import { nowMs } from './clock.ts';

const requestLimitMs = 10_000;

/** A JSON:API resource as the server answers it. */
export interface ApiResource {
  readonly id: string;
  readonly attributes: JsonObject;
}

export interface Answer {
  readonly status: number;
  /** Since the demo's start: when the answer's head was here. */
  readonly answeredAtMs: number;
  readonly text: string;
  readonly data: ApiResource;
}

/** Real HTTP calls to the API with one key. An answer that is not a success is thrown, as what the API said. */
export class Api {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: JsonObject): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestLimitMs),
    });
    const answeredAtMs = nowMs();
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${path} was answered ${String(response.status)}: ${text.slice(0, 500)}`);
    // The demo asks its own server for single resources here, and every one has an id and attributes.
    const { data } = JSON.parse(text) as { data: ApiResource };
    return { status: response.status, answeredAtMs, text, data };
  }

  /** The ids of all events, or of those about one object. */
  async eventIds(objectId?: string): Promise<string[]> {
    const filter = objectId === undefined ? '' : `&filter[object-id]=${objectId}`;
    const ids: string[] = [];
    let next: string | null = `/api/v1/events?page[size]=100${filter}`;
    while (next !== null) {
      const response: Response = await fetch(`${this.#url}${next}`, {
        headers: { authorization: `Bearer ${this.#key}` },
        signal: AbortSignal.timeout(requestLimitMs),
      });
      // A page of the demo's own server.
      const page = (await response.json()) as { data: ApiResource[]; links: { next: string | null } };
      ids.push(...page.data.map(({ id }) => id));
      next = page.links.next;
    }
    return ids;
  }
}

/** Reads one level of an answer's JSON after the other; `undefined` where there is none. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, name) => {
    const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    // Neither null nor a list: what is left of JSON's objects is this.
    return isObject ? (inner as JsonObject)[name] : undefined;
  }, value);
}
