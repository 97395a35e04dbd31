export interface RequestTarget {
  /** Decoded, but for what would look like a part of it then: `%2F`, `%3F`, `%23`, `%25`, and what is no UTF-8. */
  readonly path: string;
  /** What stands behind the first `?`, as it came; '' where there is nothing. */
  readonly query: string;
}

/** Takes the target of a request apart, which is known to be a path. */
export function readTarget(target: string): RequestTarget {
  const queryAt = target.indexOf('?');
  if (queryAt === -1) return { path: decodePath(target), query: '' };
  return { path: decodePath(target.slice(0, queryAt)), query: target.slice(queryAt + 1) };
}

const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  // A percent sign that is meant stays written as an escape.
  const kept = path.replaceAll('%25', '%2525');
  return decoded(kept) ?? kept.replace(escapes, (run) => decoded(run) ?? run);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURI(text);
  } catch {
    return undefined;
  }
}
