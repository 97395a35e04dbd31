/** A route as the router has it. */
export interface Routed {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
}

/** The methods that a path takes, HEAD and OPTIONS among them; empty where nothing is there. */
export type AllowedMethods = (path: string) => readonly string[];

/** Answers with HEAD whatever has GET, and with OPTIONS whatever has anything. */
export function createAllowedMethods(routes: readonly Routed[]): AllowedMethods {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of routes) {
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  const patterns = [...methods].map(([path, known]) => ({ pattern: toPattern(path), known }));
  return (path) => {
    const here = new Set(
      patterns.filter(({ pattern }) => pattern.test(path)).flatMap(({ known }) => [...known]),
    );
    if (here.size === 0) return [];
    if (here.has('GET')) here.add('HEAD');
    return [...here.add('OPTIONS')].toSorted();
  };
}

function toPattern(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
