/** A word with `*` for any run of characters, the empty one included. */
export type Wildcard =
  | { readonly kind: 'word'; readonly word: string; readonly matches: (text: string) => boolean }
  | { readonly kind: 'wildcard'; readonly pattern: string; readonly matches: (text: string) => boolean };

/**
 * Compiles without a regular expression: the pieces between the stars are searched once each, from left
 * to right, so that no pattern makes the search go back.
 */
export function compileWildcard(pattern: string): Wildcard {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return { kind: 'word', word: head, matches: (text) => text === head };
  return { kind: 'wildcard', pattern, matches: (text) => matchesPieces(text, { head, middle: rest, tail }) };
}

/**
 * Whether all that `inner` matches is matched by `outer`: where `outer` matches the very text of `inner`, each star of
 * `inner` was met by one of `outer`, since the rest of `outer` has no star in it.
 */
export function wildcardCovers(outer: Wildcard, inner: Wildcard): boolean {
  return outer.matches(inner.kind === 'word' ? inner.word : inner.pattern);
}

interface Pieces {
  readonly head: string;
  readonly middle: readonly string[];
  readonly tail: string;
}

function matchesPieces(text: string, { head, middle, tail }: Pieces): boolean {
  if (text.length < head.length + tail.length) return false;
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let position = head.length;
  for (const piece of middle) {
    const found = text.indexOf(piece, position);
    if (found === -1) return false;
    position = found + piece.length;
  }
  return position <= end;
}
