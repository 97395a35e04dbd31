import { limits, toKebab } from '@credence/contract';
import type { Page } from '../db/page.ts';
import { canonicalType } from '../privacy/canonical-key.ts';
import { Refusal } from '../refusal.ts';
import { isIncludable } from './include.ts';
import { textProblem } from './read-body.ts';

/** A request's query, taken apart. */
export interface Query {
  readonly filter: ReadonlyMap<string, string>;
  readonly page: Page;
  readonly include: readonly string[] | undefined;
  /** Attributes wanted, by canonical resource type. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

export interface QueryRules {
  readonly filters: readonly string[];
  readonly isList: boolean;
  /** Cursors are not ids of objects. */
  readonly hasOpaqueCursors: boolean;
  /** Names that `include` may take; and what is one level below them. */
  readonly includes: readonly string[];
}

const parameter = /^(?<name>[a-z-]+)(?:\[(?<member>[A-Za-z0-9_/-]+)\])?$/;

/** Most requests have none. */
const nothing: Query = {
  filter: new Map(),
  page: { after: null, before: null, size: limits.defaultPageSize },
  include: undefined,
  fields: new Map(),
};

/**
 * Takes the query apart, which is what stands behind the `?`. Throws `bad_request`, which names a parameter that the
 * route does not take.
 */
export function readQuery(text: string, rules: QueryRules): Query {
  if (text === '') return nothing;
  checkEscapes(text);
  const filter = new Map<string, string>();
  const fields = new Map<string, readonly string[]>();
  const page = new Map<string, string>();
  let include: readonly string[] | undefined;
  const given = new Set<string>();
  for (const [key, value] of new URLSearchParams(`?${text}`)) {
    const problem = textProblem(value);
    if (problem !== undefined) throw refuse(`${key.slice(0, 100)} ${problem}`);
    if (given.has(toKebab(key))) throw refuse(`${key.slice(0, 100)} is given twice`);
    given.add(toKebab(key));
    const match = parameter.exec(key)?.groups;
    const member = match?.['member'];
    const name = match?.['name'];
    if (name === 'filter' && member !== undefined && rules.isList)
      filter.set(known(rules.filters, 'filter', member), value);
    else if (name === 'page' && member !== undefined && rules.isList)
      page.set(known(pageNames, 'page', member), value);
    else if (name === 'fields' && member !== undefined)
      fields.set(canonicalType(member), list(value).map(toKebab));
    else if (name === 'include' && member === undefined && !rules.isList) include = readInclude(rules, value);
    else throw refuse(`${key.slice(0, 100)} is not a parameter of this request`);
  }
  return { filter, fields, include, page: readPage(page, rules.hasOpaqueCursors) };
}

/** What is no UTF-8 behind its percent signs would be read as something else. */
function checkEscapes(text: string): void {
  if (!text.includes('%')) return;
  try {
    decodeURIComponent(text);
  } catch (cause) {
    throw new Refusal('bad_request', { details: 'The query is not percent-encoded UTF-8.', cause });
  }
}

const pageNames = ['after', 'before', 'size'];

function known(names: readonly string[], group: string, member: string): string {
  const name = toKebab(member);
  if (names.includes(name)) return name;
  const choice = names.length === 0 ? 'this list has no filters' : `one of ${names.join(', ')} is expected`;
  throw refuse(`${group}[${member.slice(0, 100)}] is not known; ${choice}`);
}

function readInclude(rules: QueryRules, value: string): readonly string[] {
  const names = list(value).map(toKebab);
  const unknown = names.find((name) => !isIncludable(rules.includes, name));
  if (unknown === undefined) return [...new Set(names)];
  const choice =
    rules.includes.length === 0
      ? 'there is nothing to include'
      : `one of ${rules.includes.join(', ')} is expected`;
  throw refuse(`include names ${unknown.slice(0, 100)}; ${choice}`);
}

function readPage(page: ReadonlyMap<string, string>, hasOpaqueCursors: boolean): Page {
  const after = cursor(page, 'after', hasOpaqueCursors);
  const before = cursor(page, 'before', hasOpaqueCursors);
  if (after !== null && before !== null)
    throw refuse('page[after] and page[before] cannot be given together');
  const size = page.get('size') ?? String(limits.defaultPageSize);
  if (!/^\d{1,3}$/.test(size) || Number(size) < 1 || Number(size) > limits.pageSize) {
    throw refuse(`page[size] must be a whole number from 1 to ${String(limits.pageSize)}`);
  }
  return { after, before, size: Number(size) };
}

function cursor(page: ReadonlyMap<string, string>, name: string, isOpaque: boolean): string | null {
  const value = page.get(name);
  if (value === undefined || value === '') return null;
  if (isOpaque || /^[a-z]+_[0-9A-Za-z]{1,40}$/.test(value)) return value;
  throw refuse(`page[${name}] must be the id of an object`);
}

/** A comma list; undefined parts are left out. */
export function list(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function refuse(details: string): Refusal {
  return new Refusal('bad_request', { details });
}
