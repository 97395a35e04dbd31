import { stringEnd } from './json-scan.ts';

const quote = 0x22;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
/** Set in a bracket, this bit makes it the brace of the same side. Nothing else becomes one. */
const braceBit = 0x20;
/** JSON's four kinds of space are the only characters up to the blank that may stand outside of a string. */
const blank = 0x20;

/**
 * The place after the value that starts at `at`, in text that JSON.parse takes. Strings are jumped over by `indexOf`, so
 * it costs about as much as there is between them.
 */
export function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === quote) return stringEnd(text, at);
  return (first | braceBit) === openBrace ? bracketEnd(text, at) : wordEnd(text, at);
}

/** Of an object or array. */
function bracketEnd(text: string, start: number): number {
  let open = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      continue;
    }
    at += 1;
    if ((code | braceBit) === openBrace) open += 1;
    else if ((code | braceBit) === closeBrace) {
      open -= 1;
      if (open === 0) return at;
    }
  }
  throw new Error('A bracket is not closed in a text that was read.');
}

/** Of a number, `true`, `false` or `null`. */
function wordEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code <= blank || code === comma || (code | braceBit) === closeBrace) return at;
    at += 1;
  }
  return at;
}

/** The place of what follows `start`: itself, where there is no space. */
export function afterSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= blank) at += 1;
  return at;
}
