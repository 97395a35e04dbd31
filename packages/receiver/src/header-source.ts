/**
 * The headers of a request, as the runtime gives them: Node's `request.headers`, a plain object, or the Fetch
 * API's `Headers`.
 */
export type HeaderSource =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Every value of one header, whatever the case of its name. More than one value means that the header was sent
 * more than once; a source that joins repeated headers gives one value with `, ` in it.
 */
export function headerValues(headers: HeaderSource, name: string): readonly string[] {
  if (isGetter(headers)) {
    const value = headers.get(name);
    return value === null ? [] : [value];
  }
  const wanted = name.toLowerCase();
  return Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === wanted)
    .flatMap(([, value]) => value ?? []);
}

function isGetter(headers: HeaderSource): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}
