import { canonicalKey, canonicalType } from './canonical-key.ts';
import { compileWildcard, type Wildcard } from './wildcard.ts';

export const maxPatternLength = 256;

type Root = 'data' | 'included';

/** A pattern without its `!`. `type` is one exact resource type, canonical; undefined is any. */
export type PatternRule =
  | { readonly kind: 'simple'; readonly type: string | undefined; readonly key: Wildcard }
  | {
      readonly kind: 'path';
      readonly type: string | undefined;
      readonly roots: readonly Root[];
      /** One for each key below `attributes`. */
      readonly steps: readonly Wildcard[];
    };

export type ParsedPattern =
  | { readonly kind: 'pattern'; readonly isExemption: boolean; readonly rule: PatternRule }
  | { readonly kind: 'problem'; readonly message: string };

type ParsedRule = { readonly kind: 'rule'; readonly rule: PatternRule } | Bad;

interface Bad {
  readonly kind: 'bad';
  readonly why: string;
}

export function parsePattern(pattern: string): ParsedPattern {
  const isExemption = pattern.startsWith('!');
  const parsed = parseBody(isExemption ? pattern.slice(1) : pattern);
  if (parsed.kind === 'bad') return { kind: 'problem', message: `Pattern ${quoted(pattern)}: ${parsed.why}` };
  return { kind: 'pattern', isExemption, rule: parsed.rule };
}

function parseBody(body: string): ParsedRule {
  const why = textProblem(body);
  if (why !== undefined) return { kind: 'bad', why };
  const [path = '', ...query] = body.split('?');
  const type = parseType(query);
  if (type.kind === 'bad') return type;
  if (path === '') return bad('names no attribute.');
  if (path.startsWith('/')) return parsePath(path.slice(1).split('/'), type.type);
  if (path.includes('/')) return bad('a path begins with `/`, for example `/data/attributes/fields/name-*`.');
  return { kind: 'rule', rule: { kind: 'simple', type: type.type, key: wildcard(path) } };
}

function textProblem(body: string): string | undefined {
  // `!` is not counted: an exemption may be as long as what it exempts.
  if (body.length > maxPatternLength) return `is longer than ${maxPatternLength} characters.`;
  if (body === '') return 'is empty.';
  if (body.startsWith('!')) return 'has more than one `!`.';
  if (/[\s\p{Cc}]/u.test(body)) return 'contains white space or a control character.';
  if (body.includes('**')) return '`**` is not understood; `*` stands for any characters of one key.';
  return undefined;
}

function parseType(
  query: readonly string[],
): { readonly kind: 'type'; readonly type: string | undefined } | Bad {
  const [text, ...more] = query;
  if (text === undefined) return { kind: 'type', type: undefined };
  const type = /^type=([A-Za-z0-9_/-]+)$/.exec(text)?.[1];
  if (type === undefined || more.length > 0) {
    return bad('after `?` only `type=` and one exact resource type is understood.');
  }
  return { kind: 'type', type: canonicalType(type) };
}

function parsePath(segments: readonly string[], type: string | undefined): ParsedRule {
  if (segments.includes('')) return bad('has an empty path segment.');
  const [root, attributes, ...steps] = segments.map(wildcard);
  const roots = (['data', 'included'] as const).filter((name) => root?.matches(name));
  if (roots.length === 0) return bad('a path begins with `/data`, `/included` or `/*`.');
  if (attributes?.matches('attributes') !== true) return bad('the second segment of a path is `attributes`.');
  if (steps.length === 0) return bad('names no attribute: a path goes on after `attributes`.');
  return { kind: 'rule', rule: { kind: 'path', type, roots, steps } };
}

function bad(why: string): Bad {
  return { kind: 'bad', why };
}

function wildcard(segment: string): Wildcard {
  // In camel case a capital begins a word, also behind a star: `*Url` is `*-url`.
  return compileWildcard(canonicalKey(segment.replace(/\*(?=[A-Z])/g, '*-')));
}

function quoted(pattern: string): string {
  return JSON.stringify(pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern);
}
