import { inflectDocumentKeys, limits, type Json } from '@credence/contract';
import { includesByDefault } from '../versions/conventions.ts';
import { includedResources } from './include.ts';
import { presentMany, presentOne, type Body, type View } from './present.ts';
import type { Query } from './query.ts';
import type { Answer } from './route.ts';

/** What a route answered, as the caller sees it. `path` is where the links of a page lead. */
export function toBody(view: View, answer: Answer, query: Query, path: string): Body {
  if (answer.kind === 'figures')
    return { data: answer.data.map((each) => inflectDocumentKeys({ ...each }, view.inflection)) };
  if (answer.kind === 'many') return { data: presentMany(view, answer.data) };
  if (answer.kind === 'page' || answer.kind === 'search') {
    const data = presentMany(view, answer.data);
    return { data, links: links(answer, query, path), ...metaOf(view, answer) };
  }
  const byDefault = includesByDefault(view.version) ? Object.keys(answer.related ?? {}) : [];
  return {
    ...presentOne(view, answer.data, includedResources(answer, query.include ?? byDefault)),
    ...metaOf(view, answer),
  };
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
  const shown =
    given.kind === 'one' ? [given.data, ...Object.values(given.related ?? {}).flat()] : given.data;
  return [...new Set(shown.flatMap(({ owner }) => owner ?? []))];
}
