/** A place of the server, and what is there. */
export interface Place<What> {
  /** In capitals. */
  readonly method: string;
  /** With parameters as `:name`, each of which is one part of a path. */
  readonly path: string;
  readonly what: What;
}

export interface Found<What> {
  readonly what: What;
  readonly params: Params;
}

export type Params = Readonly<Record<string, string>>;

/** Finds what is at a path. HEAD asks for what GET does. */
export type Router<What> = (method: string, path: string) => Found<What> | undefined;

interface Candidate<What> {
  readonly parts: readonly string[];
  readonly what: What;
}

/** The first of several that fit is taken. */
export function createRouter<What>(places: readonly Place<What>[]): Router<What> {
  const candidates = new Map<string, Candidate<What>[]>();
  for (const { method, path, what } of places) {
    const parts = path.split('/');
    const key = keyOf(method, parts);
    candidates.set(key, [...(candidates.get(key) ?? []), { parts, what }]);
  }
  return (method, path) => {
    const given = path.split('/');
    const likely = candidates.get(keyOf(method === 'HEAD' ? 'GET' : method, given)) ?? [];
    const found = likely.find(({ parts }) => fits(parts, given));
    return found && { what: found.what, params: paramsOf(found.parts, given) };
  };
}

function keyOf(method: string, parts: readonly string[]): string {
  return `${method} ${String(parts.length)}`;
}

function fits(parts: readonly string[], given: readonly string[]): boolean {
  return parts.every((part, index) => (isParam(part) ? given[index] !== '' : given[index] === part));
}

function isParam(part: string): boolean {
  return part.startsWith(':');
}

function paramsOf(parts: readonly string[], given: readonly string[]): Params {
  const params: Record<string, string> = {};
  parts.forEach((part, index) => {
    if (isParam(part)) params[part.slice(1)] = given[index] ?? '';
  });
  return params;
}
