import { list } from './query.ts';

/** The values of a filter that takes a comma list; null where the filter is absent. */
export function commaFilter(filter: ReadonlyMap<string, string>, name: string): string[] | null {
  const value = filter.get(name);
  return value === undefined ? null : list(value);
}
