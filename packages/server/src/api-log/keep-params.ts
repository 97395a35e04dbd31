import {
  isCustomEventName,
  isJsonArray,
  isJsonObject,
  limits,
  toKebab,
  type Json,
  type JsonObject,
} from '@credence/contract';
import { maskKeys, masked, maskSecretsIn } from './mask.ts';
import type { Params } from './select-params.ts';

/** Characters of all keys and values, about, that are kept of one request. */
const maxKept = 8_192;
const maxTextLength = 1_024;
/** For a value of any kind, so that very many short ones come to an end. */
const valueCost = 8;

interface Budget {
  left: number;
  isSpent: boolean;
}

/**
 * The parameters of a request as they are kept: bounded, and without secrets. What goes beyond the bound is left out
 * and `_truncated` says so; a long text is cut, with `…` at its end.
 */
export function keepParams(query: string, body: JsonObject): Params {
  const budget = { left: maxKept, isSpent: false };
  const get = keepMembers(readParams(query), false, budget);
  const post = keepMembers(body, false, budget);
  return { 'get-params': get, 'post-params': budget.isSpent ? { ...post, _truncated: true } : post };
}

/** Of events that an operator sent only how many and which: the payloads are in the events. */
export function summariseEvents(body: JsonObject): JsonObject {
  const data = body['data'];
  if (!isJsonArray(data)) return {};
  const names = new Set<string>();
  for (const event of data.slice(0, limits.eventsPerRequest)) {
    const attributes = isJsonObject(event) ? event['attributes'] : undefined;
    const name = attributes !== undefined && isJsonObject(attributes) ? attributes['name'] : undefined;
    if (typeof name === 'string' && !names.has(name) && isCustomEventName(name)) names.add(name);
  }
  return { count: data.length, names: [...names].slice(0, 20) };
}

/** `page[size]=2` as `{ page: { size: '2' } }`. */
function readParams(query: string): JsonObject {
  if (query === '') return {};
  const groups = new Map<string, Json>();
  for (const [key, value] of new URLSearchParams(query)) {
    const { name = key, member } = /^(?<name>[^[\]]+)\[(?<member>[^[\]]+)\]$/.exec(key)?.groups ?? {};
    const group = groups.get(name);
    if (member === undefined) groups.set(name, value);
    else groups.set(name, { ...(group !== undefined && isJsonObject(group) ? group : {}), [member]: value });
  }
  return Object.fromEntries(groups);
}

function keepMembers(object: JsonObject, isSecret: boolean, budget: Budget): JsonObject {
  const kept: [string, Json][] = [];
  for (const [key, member] of Object.entries(object)) {
    if (!spend(budget, key.length)) break;
    const part = keep(member, isSecret || maskKeys.has(toKebab(key)), budget);
    if (part === undefined) break;
    kept.push([key, part]);
  }
  return Object.fromEntries(kept);
}

/** undefined where the budget has nothing left for it. */
function keep(value: Json, isSecret: boolean, budget: Budget): Json | undefined {
  if (!spend(budget, valueCost)) return undefined;
  if (isJsonArray(value)) {
    const elements: Json[] = [];
    for (const element of value) {
      const part = keep(element, isSecret, budget);
      if (part === undefined) break;
      elements.push(part);
    }
    return elements;
  }
  if (isJsonObject(value)) return keepMembers(value, isSecret, budget);
  if (isSecret && value !== null) return masked;
  return typeof value === 'string' ? keepText(value, budget) : value;
}

function keepText(text: string, budget: Budget): Json | undefined {
  const cut = text.length > maxTextLength ? `${text.slice(0, maxTextLength).toWellFormed()}…` : text;
  return spend(budget, cut.length) ? maskSecretsIn(cut) : undefined;
}

function spend(budget: Budget, cost: number): boolean {
  budget.left -= cost;
  budget.isSpent ||= budget.left < 0;
  return !budget.isSpent;
}
