import { toKebab } from '@credence/contract';
import { stringEnd } from './json-scan.ts';
import { afterSpace, valueEnd } from './json-value-end.ts';

const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A step of a path that goes to all elements of an array. */
export const everyElement = Symbol('every element');

/** From the body inwards: names of members, in kebab-case, and arrays that are gone through. */
export type JsonPath = readonly (string | typeof everyElement)[];

/** A body that was read. */
export interface SentBody {
  /** What JSON.parse took: an object. */
  readonly text: string;
  /** The same in UTF-8. */
  readonly bytes: Buffer;
}

/**
 * The texts of the values at `path`, character for character as they stand in a body: one for each element that the path
 * goes through, in their order. The body is one that `readJsonBody` took: its keys in any inflection, none of them given
 * twice. Throws where a value is missing, so that no text is ever taken for that of another element.
 */
export function jsonTextsAt(body: SentBody, path: JsonPath): readonly string[] {
  const walk: Walk = { text: body.text, cut: cutterOf(body), path, found: [] };
  walkValue(walk, afterSpace(body.text, 0), 0);
  return walk.found;
}

type Cut = (start: number, end: number) => string;

interface Walk {
  readonly text: string;
  readonly cut: Cut;
  readonly path: JsonPath;
  readonly found: string[];
}

/**
 * Cuts by copying: a slice of a string keeps all of that string in memory, here a whole body until the last delivery of
 * one of its events has ended. Only in a text of nothing but ASCII there are as many characters as bytes.
 */
function cutterOf({ text, bytes }: SentBody): Cut {
  if (text.length === bytes.length) return (start, end) => bytes.toString('latin1', start, end);
  return (start, end) => Buffer.from(text.slice(start, end), 'utf16le').toString('utf16le');
}

/** `depth` is how many steps of the path lead to the value that starts at `start`. Returns the place after it. */
function walkValue(walk: Walk, start: number, depth: number): number {
  const step = walk.path[depth];
  if (step === everyElement) return walkElements(walk, start, depth);
  if (step !== undefined) return walkMembers(walk, start, depth, step);
  const end = valueEnd(walk.text, start);
  walk.found.push(walk.cut(start, end));
  return end;
}

function walkElements(walk: Walk, start: number, depth: number): number {
  const { text } = walk;
  if (text.charCodeAt(start) !== openBracket) throw missing(walk, depth);
  let at = afterSpace(text, start + 1);
  while (text.charCodeAt(at) !== closeBracket) at = afterComma(text, walkValue(walk, at, depth + 1));
  return at + 1;
}

function walkMembers(walk: Walk, start: number, depth: number, name: string): number {
  const { text } = walk;
  if (text.charCodeAt(start) !== openBrace) throw missing(walk, depth);
  let matches = 0;
  let at = afterSpace(text, start + 1);
  while (text.charCodeAt(at) !== closeBrace) {
    const keyEnd = stringEnd(text, at);
    const isOnPath = isKey(text, at, keyEnd, name);
    if (isOnPath) matches += 1;
    const value = afterSpace(text, afterSpace(text, keyEnd) + 1);
    at = afterComma(text, isOnPath ? walkValue(walk, value, depth + 1) : valueEnd(text, value));
  }
  if (matches !== 1) throw missing(walk, depth);
  return at + 1;
}

function missing({ path }: Walk, depth: number): Error {
  return new Error(
    `A body was taken without one value at step ${String(depth)} of ${path.map(String).join(', ')}.`,
  );
}

/** Whether the key that stands from `start` to `end`, in its quotes, is `name` in some inflection. */
function isKey(text: string, start: number, end: number, name: string): boolean {
  const key = text.slice(start + 1, end - 1);
  if (key === name) return true;
  // What the parser took for a string is one.
  return toKebab(key.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : key) === name;
}

/** From the end of a member or element to the next one, or to the bracket that closes them. */
function afterComma(text: string, end: number): number {
  const at = afterSpace(text, end);
  return text.charCodeAt(at) === comma ? afterSpace(text, at + 1) : at;
}
