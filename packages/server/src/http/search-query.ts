import { isJsonArray, isJsonObject, limits, toKebab, type Json, type JsonObject } from '@credence/contract';
import { Refusal } from '../refusal.ts';
import type { Comparison, Query } from '../search/query.ts';
import { instantForm, readInstant } from './instant.ts';

/** What a search may ask for: names on the wire, in kebab-case, and what they are compared with. */
export interface Searchable<Equal extends string, Time extends string> {
  readonly times: ReadonlyMap<string, Time>;
  readonly texts: ReadonlyMap<string, Equal>;
  /** Values that `status` may have. */
  readonly statuses: readonly string[];
}

const comparisons: readonly Comparison[] = ['eq', 'gt', 'gte', 'lt', 'lte'];

type Path = readonly string[];

/** Takes a search's query apart. Throws a refusal that names the first thing that is wrong, and where. */
export function readSearchQuery<Equal extends string, Time extends string>(
  searchable: Searchable<Equal, Time>,
  value: Json,
): Query<Equal, Time> {
  return readClause(value, ['query'], 0, (predicate, path) => readPredicate(searchable, predicate, path));
}

type ReadLeaf<Equal extends string, Time extends string> = (
  value: JsonObject,
  path: Path,
) => Query<Equal, Time>;

function readClause<Equal extends string, Time extends string>(
  value: Json,
  path: Path,
  depth: number,
  readLeaf: ReadLeaf<Equal, Time>,
): Query<Equal, Time> {
  if (!isJsonObject(value)) throw malformed(path, 'must be an object');
  const [kind, ...others] = ['and', 'or', 'not', 'attribute'].filter((key) => Object.hasOwn(value, key));
  if (kind === undefined) throw malformed(path, 'must have one of and, or, not, attribute');
  if (others.length > 0) throw malformed(path, `must not have both ${kind} and ${others.join(', ')}`);
  if (kind === 'attribute') return readLeaf(value, path);
  onlyKeys(value, [kind], path);
  if (depth >= limits.searchDepth) {
    throw refused(
      path,
      `must be a predicate: and, or, not are nested at most ${String(limits.searchDepth)} deep`,
    );
  }
  const inner = value[kind] ?? null;
  const within = [...path, kind];
  if (kind === 'not') return { kind, clause: readClause(inner, within, depth + 1, readLeaf) };
  const clauses = readClauses(inner, within).map((clause, index) =>
    readClause(clause, [...within, String(index)], depth + 1, readLeaf),
  );
  return { kind: kind === 'and' ? 'and' : 'or', clauses };
}

function readClauses(value: Json, path: Path): readonly Json[] {
  if (!isJsonArray(value)) throw malformed(path, 'must be an array');
  if (value.length === 0) throw refused(path, 'must have at least one clause');
  if (value.length > limits.searchClauses)
    throw refused(path, `must have at most ${String(limits.searchClauses)} clauses`);
  return value;
}

function readPredicate<Equal extends string, Time extends string>(
  { times, texts, statuses }: Searchable<Equal, Time>,
  value: JsonObject,
  path: Path,
): Query<Equal, Time> {
  onlyKeys(value, ['attribute', 'operator', 'value'], path);
  const name = toKebab(text(value, 'attribute', path));
  const comparison = comparisonOf(text(value, 'operator', path), [...path, 'operator']);
  const wanted = text(value, 'value', path);
  const time = times.get(name);
  if (time !== undefined) {
    const at = readInstant(wanted);
    if (at === undefined) throw refused([...path, 'value'], instantForm);
    return { kind: 'time', attribute: time, comparison, atMs: at.getTime() };
  }
  const attribute = texts.get(name);
  if (attribute === undefined)
    throw refused([...path, 'attribute'], `must be one of ${spoken([...times.keys(), ...texts.keys()])}`);
  if (comparison !== 'eq')
    throw refused(
      [...path, 'operator'],
      `must be eq: ${comparison} is for ${spoken([...times.keys()])} only`,
    );
  if (name === 'status' && !statuses.includes(wanted))
    throw refused([...path, 'value'], `must be one of ${statuses.join(', ')}`);
  return { kind: 'in', attribute, values: new Set([wanted]) };
}

function spoken(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('-', '_')).join(', ');
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
