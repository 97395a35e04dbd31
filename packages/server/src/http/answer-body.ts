import { inflectDocumentKeys, limits, type Json } from '@credence/contract';
import { includesByDefault } from '../versions/conventions.ts';
import { includedResources } from './include.ts';
import { presentMany, presentOne, type Body, type View } from './present.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import type { Query } from './query.ts';
import type { Answer } from './route.ts';

/** What a route answered, as the caller sees it. `path` is where the links of a page lead. */
export function toBody(view: View, answer: Answer, query: Query, path: string): Body {
  if (answer.kind === 'figures')
    return { data: answer.data.map((each) => inflectDocumentKeys({ ...each }, view.inflection)) };
  if (answer.kind === 'page' || answer.kind === 'search') {
    const data = presentMany(view, answer.data);
    return { data, links: links(answer, query, path), ...metaOf(view, answer) };
  }
  const byDefault = includesByDefault(view.version) ? Object.keys(answer.related ?? {}) : [];
  const included = includedResources(answer, query.include ?? byDefault);
  if (answer.kind === 'many') return manyWith(view, answer.data, included);
  return { ...presentOne(view, answer.data, included), ...metaOf(view, answer) };
}

function manyWith(view: View, data: readonly OwnedResource[], included: readonly OwnedResource[]): Body {
  const [first, ...others] = data;
  if (first === undefined) return { data: [] };
  // What is included is shown beside one of them, and so once.
  const body = presentOne(view, first, included);
  return { ...body, data: [body.data, ...presentMany(view, others)] };
}

function metaOf(view: View, answer: Answer): Pick<Body, 'meta'> {
  const meta = 'meta' in answer ? answer.meta : undefined;
  return meta === undefined ? {} : { meta: inflectDocumentKeys(meta, view.inflection) };
}

function links(answer: Extract<Answer, { kind: 'page' | 'search' }>, query: Query, path: string): Json {
  const link = (name: string, cursor: string | null): string | null => {
    if (cursor === null) return null;
    const parameters = new URLSearchParams();
    for (const [filter, value] of query.filter) parameters.set(`filter[${filter}]`, value);
    for (const [type, names] of query.fields) parameters.set(`fields[${type}]`, names.join(','));
    parameters.set(`page[${name}]`, cursor);
    if (query.page.size !== limits.defaultPageSize) parameters.set('page[size]', String(query.page.size));
    return `${path}?${parameters.toString()}`;
  };
  if (answer.kind === 'search') {
    return { prev: link('before', answer.previous), next: link('after', answer.next) };
  }
  const first = answer.data.at(0)?.resource.id ?? null;
  const last = answer.data.at(-1)?.resource.id ?? null;
  return {
    prev: answer.hasPrevious ? link('before', first) : null,
    next: answer.hasNext ? link('after', last) : null,
  };
}

/** Whose personal values an answer may show. */
export function personsIn(given: Answer): string[] {
  if (given.kind === 'figures') return [];
  const related = 'related' in given ? Object.values(given.related ?? {}) : [];
  const shown = [given.data, ...related].flat();
  return [...new Set(shown.flatMap(({ owner }) => owner ?? []))];
}
