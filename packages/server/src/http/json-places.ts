import { isExactNumber } from './json-scan.ts';

/** What is wrong in a text that JSON.parse takes, and under which keys it stands. */
export interface JsonFault {
  readonly kind: 'repeated' | 'inexact';
  readonly path: readonly string[];
}

/**
 * Finds the first key that is given twice in one object, or number that a double cannot keep. It reads the text token
 * by token, which is slow: only for texts of which it is known that there is something to find.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: Level[] = [];
  for (const [token] of text.matchAll(tokens)) {
    const level = open.at(-1);
    if (token === '{') open.push({ kind: 'object', seen: new Set(), key: undefined, isValueNext: false });
    else if (token === '[') open.push({ kind: 'array', index: 0 });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') nextMember(level);
    else if (token === ':') continue;
    else if (token.startsWith('"') && level?.kind === 'object' && !level.isValueNext) {
      // What the parser took for a string is one.
      level.key = JSON.parse(token) as string;
      level.isValueNext = true;
      if (level.seen.has(level.key)) return { kind: 'repeated', path: pathOf(open) };
      level.seen.add(level.key);
    } else if (/^[-\d]/.test(token) && !isExactNumber(token)) return { kind: 'inexact', path: pathOf(open) };
  }
  return undefined;
}

type Level =
  | {
      readonly kind: 'object';
      readonly seen: Set<string>;
      key: string | undefined;
      isValueNext: boolean;
    }
  | { readonly kind: 'array'; index: number };

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

function nextMember(level: Level | undefined): void {
  if (level?.kind === 'array') level.index += 1;
  if (level?.kind === 'object') level.isValueNext = false;
}

function pathOf(open: readonly Level[]): string[] {
  return open.map((level) => (level.kind === 'array' ? String(level.index) : (level.key ?? '')));
}
