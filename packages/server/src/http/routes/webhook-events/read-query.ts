import { isJsonArray, isJsonObject, limits, toKebab, type Json, type JsonObject } from '@credence/contract';
import type { Comparison, Equal } from '../../../record/query.ts';
import type { AskedQuery } from '../../../record/related.ts';
import { Refusal } from '../../../refusal.ts';
import { instantForm, readInstant } from '../../instant.ts';

/** Names on the wire, in kebab-case, and what they are compared with. */
const attributes: ReadonlyMap<string, Equal | 'objectId'> = new Map([
  ['status', 'status'],
  ['webhook-id', 'webhookId'],
  ['event-id', 'eventId'],
  ['event-name', 'eventName'],
  ['webhook-event-id', 'id'],
  ['related-object-ids', 'objectId'],
]);
const attributeNames = ['updated-at', ...attributes.keys()].map((name) => name.replaceAll('-', '_'));
const comparisons: readonly Comparison[] = ['eq', 'gt', 'gte', 'lt', 'lte'];
const statuses = ['pending', 'completed', 'failed', 'skipped'];

type Path = readonly string[];

/** Takes a search's query apart. Throws a refusal that names the first thing that is wrong, and where. */
export function readSearchQuery(value: Json): AskedQuery {
  return readClause(value, ['query'], 0);
}

function readClause(value: Json, path: Path, depth: number): AskedQuery {
  if (!isJsonObject(value)) throw malformed(path, 'must be an object');
  const [kind, ...others] = ['and', 'or', 'not', 'attribute'].filter((key) => Object.hasOwn(value, key));
  if (kind === undefined) throw malformed(path, 'must have one of and, or, not, attribute');
  if (others.length > 0) throw malformed(path, `must not have both ${kind} and ${others.join(', ')}`);
  if (kind === 'attribute') return readPredicate(value, path);
  onlyKeys(value, [kind], path);
  if (depth >= limits.searchDepth) {
    throw refused(
      path,
      `must be a predicate: and, or, not are nested at most ${String(limits.searchDepth)} deep`,
    );
  }
  const inner = value[kind] ?? null;
  if (kind === 'not') return { kind, clause: readClause(inner, [...path, kind], depth + 1) };
  return { kind: kind === 'and' ? 'and' : 'or', clauses: readClauses(inner, [...path, kind], depth + 1) };
}

function readClauses(value: Json, path: Path, depth: number): AskedQuery[] {
  if (!isJsonArray(value)) throw malformed(path, 'must be an array');
  if (value.length === 0) throw refused(path, 'must have at least one clause');
  if (value.length > limits.searchClauses)
    throw refused(path, `must have at most ${String(limits.searchClauses)} clauses`);
  return value.map((clause, index) => readClause(clause, [...path, String(index)], depth));
}

function readPredicate(value: JsonObject, path: Path): AskedQuery {
  onlyKeys(value, ['attribute', 'operator', 'value'], path);
  const name = toKebab(text(value, 'attribute', path));
  const comparison = comparisonOf(text(value, 'operator', path), [...path, 'operator']);
  const wanted = text(value, 'value', path);
  if (name === 'updated-at') {
    const at = readInstant(wanted);
    if (at === undefined) throw refused([...path, 'value'], instantForm);
    return { kind: 'updated', comparison, atMs: at.getTime() };
  }
  const attribute = attributes.get(name);
  if (attribute === undefined)
    throw refused([...path, 'attribute'], `must be one of ${attributeNames.join(', ')}`);
  if (comparison !== 'eq')
    throw refused([...path, 'operator'], `must be eq: ${comparison} is for updated_at only`);
  if (attribute === 'status' && !statuses.includes(wanted))
    throw refused([...path, 'value'], `must be one of ${statuses.join(', ')}`);
  return { kind: 'in', attribute, values: new Set([wanted]) };
}

function comparisonOf(operator: string, path: Path): Comparison {
  const comparison = comparisons.find((each) => each === operator);
  if (comparison === undefined) throw refused(path, `must be one of ${comparisons.join(', ')}`);
  return comparison;
}

function text(value: JsonObject, key: string, path: Path): string {
  const member = Object.hasOwn(value, key) ? value[key] : undefined;
  if (member === undefined) throw malformed([...path, key], 'is missing');
  if (typeof member !== 'string') throw malformed([...path, key], 'must be a string');
  return member;
}

function onlyKeys(value: JsonObject, known: readonly string[], path: Path): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw malformed([...path, unknown.slice(0, 100)], 'is not known here');
}

function malformed(path: Path, problem: string): Refusal {
  return new Refusal('bad_request', { details: `${path.join('.')} ${problem}` });
}

function refused(path: Path, problem: string): Refusal {
  return new Refusal('record_invalid', {
    details: `${path.join('.')} ${problem}`,
    pointer: `/${path.join('/')}`,
  });
}
