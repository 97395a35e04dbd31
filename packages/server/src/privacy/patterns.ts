import { LRUCache } from 'lru-cache';
import { type PatternRule, parsePattern } from './parse-pattern.ts';

/** Where an attribute, or a key inside one, stands in a document. Words are canonical (`canonicalKey`). */
export interface Place {
  readonly root: 'data' | 'included';
  /** Canonical resource type (`canonicalType`). */
  readonly type: string;
  /** Keys below `attributes`, outermost first. An array adds no step: its elements share its path. */
  readonly path: readonly string[];
  /** A key that shapes the JSON, such as `type` beside a field's `value`: only a path pattern reaches it. */
  readonly isStructure?: boolean;
}

/**
 * A list of patterns of `disclosed-attributes` or `api-attributes-blocklist`, compiled once for a webhook
 * or API key. Language: facts/persona.md 1.8.
 */
export interface PatternSet {
  /** No pattern names anything; exemptions alone name nothing. */
  readonly isEmpty: boolean;
  readonly naming: RuleSet;
  readonly exempting: RuleSet;
}

interface RuleSet {
  /** Plain words for any resource, the common case: one look-up whatever their number. */
  readonly words: ReadonlySet<string>;
  readonly others: readonly PatternRule[];
}

/** What is wrong with a pattern, in a sentence that quotes it; undefined when nothing is. */
export function patternProblem(pattern: string): string | undefined {
  const parsed = parsePattern(pattern);
  return parsed.kind === 'problem' ? parsed.message : undefined;
}

/** A key's two lists are needed at each of its requests. Measured with ten patterns: 10 µs to parse them, 1 to find them. */
const compiled = new LRUCache<string, PatternSet>({ max: 1_000 });
const noPatterns: PatternSet = parsePatterns([]);

/** Throws on a pattern that `patternProblem` would refuse: settings are checked when they are written. */
export function compilePatterns(patterns: readonly string[]): PatternSet {
  if (patterns.length === 0) return noPatterns;
  const text = JSON.stringify(patterns);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = parsePatterns(patterns);
  compiled.set(text, made);
  return made;
}

function parsePatterns(patterns: readonly string[]): PatternSet {
  const rules = patterns.map((pattern) => {
    const parsed = parsePattern(pattern);
    if (parsed.kind === 'problem') throw new Error(parsed.message);
    return parsed;
  });
  const naming = rules.filter((rule) => !rule.isExemption).map(({ rule }) => rule);
  const exempting = rules.filter((rule) => rule.isExemption).map(({ rule }) => rule);
  return { isEmpty: naming.length === 0, naming: ruleSet(naming), exempting: ruleSet(exempting) };
}

/** Says whether a pattern names exactly this place. An exemption, asked for with `isExempt`, always wins. */
export function isNamed(patterns: PatternSet, place: Place): boolean {
  return matches(patterns.naming, place);
}

export function isExempt(patterns: PatternSet, place: Place): boolean {
  return matches(patterns.exempting, place);
}

function ruleSet(rules: readonly PatternRule[]): RuleSet {
  const words = new Set<string>();
  const others: PatternRule[] = [];
  for (const rule of rules) {
    if (rule.kind === 'simple' && rule.type === undefined && rule.key.kind === 'word')
      words.add(rule.key.word);
    else others.push(rule);
  }
  return { words, others };
}

function matches(rules: RuleSet, place: Place): boolean {
  const key = place.path.at(-1);
  if (key === undefined) return false;
  if (place.isStructure !== true && rules.words.has(key)) return true;
  return rules.others.some((rule) => matchesRule(rule, place, key));
}

function matchesRule(rule: PatternRule, place: Place, key: string): boolean {
  if (rule.type !== undefined && rule.type !== place.type) return false;
  if (rule.kind === 'simple') return place.isStructure !== true && rule.key.matches(key);
  if (!rule.roots.includes(place.root) || rule.steps.length !== place.path.length) return false;
  return rule.steps.every((step, index) => step.matches(place.path[index] ?? ''));
}
