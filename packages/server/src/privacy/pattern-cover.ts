import { parsePattern, type PatternRule } from './parse-pattern.ts';
import { wildcardCovers } from './wildcard.ts';

/** A list of patterns, each with its text, as it is compared with another list. */
interface Rules {
  readonly naming: readonly NamedRule[];
  readonly exempting: readonly NamedRule[];
}

interface NamedRule {
  readonly text: string;
  readonly rule: PatternRule;
}

/**
 * The first pattern by which `patterns` could disclose more than `bound` does: one that names what `bound` does not, or
 * an exemption of `bound` that is not kept. undefined where there is none. What it cannot prove counts as more.
 */
export function disclosedBeyond(bound: readonly string[], patterns: readonly string[]): string | undefined {
  const [outer, inner] = [rulesOf(bound), rulesOf(patterns)];
  if (inner.naming.length === 0) return undefined;
  const unnamed = inner.naming.find(({ rule }) => !outer.naming.some((other) => discloses(other.rule, rule)));
  const lost = outer.exempting.find(({ rule }) => !inner.exempting.some((other) => covers(other.rule, rule)));
  return (unnamed ?? lost)?.text;
}

/**
 * The first pattern by which a blocklist `patterns` could let pass more than the blocklist `bound` does: one of `bound`
 * that is not kept, or an exemption that `bound` has not.
 */
export function unblockedBeyond(bound: readonly string[], patterns: readonly string[]): string | undefined {
  const [outer, inner] = [rulesOf(bound), rulesOf(patterns)];
  if (outer.naming.length === 0) return undefined;
  const lost = outer.naming.find(({ rule }) => !inner.naming.some((other) => covers(other.rule, rule)));
  const freed = inner.exempting.find(
    ({ rule }) => !outer.exempting.some((other) => covers(other.rule, rule)),
  );
  return (lost ?? freed)?.text;
}

/** Whether what `inner` discloses, `outer` discloses: what is named is disclosed with all that is inside it. */
function discloses(outer: PatternRule, inner: PatternRule): boolean {
  if (covers(outer, inner)) return true;
  if (inner.kind !== 'path' || !isTypeCovered(outer, inner)) return false;
  return inner.steps.some((_, index) => {
    const steps = inner.steps.slice(0, index + 1);
    if (outer.kind === 'path') return covers(outer, { ...inner, steps });
    const last = steps.at(-1);
    return last !== undefined && wildcardCovers(outer.key, last);
  });
}

/** Whether every place that `inner` matches is one that `outer` matches. */
function covers(outer: PatternRule, inner: PatternRule): boolean {
  if (!isTypeCovered(outer, inner)) return false;
  if (outer.kind === 'simple') return inner.kind === 'simple' && wildcardCovers(outer.key, inner.key);
  // A path also reaches what shapes the JSON, which a simple pattern does not: neither stands for the other.
  if (inner.kind === 'simple' || outer.steps.length !== inner.steps.length) return false;
  if (!inner.roots.every((root) => outer.roots.includes(root))) return false;
  return outer.steps.every((step, index) => {
    const other = inner.steps[index];
    return other !== undefined && wildcardCovers(step, other);
  });
}

function isTypeCovered(outer: PatternRule, inner: PatternRule): boolean {
  return outer.type === undefined || outer.type === inner.type;
}

/** Throws on a pattern that `patternProblem` would refuse. */
function rulesOf(patterns: readonly string[]): Rules {
  const rules = patterns.map((text) => {
    const parsed = parsePattern(text);
    if (parsed.kind === 'problem') throw new Error(parsed.message);
    return { text, rule: parsed.rule, isExemption: parsed.isExemption };
  });
  return {
    naming: rules.filter(({ isExemption }) => !isExemption),
    exempting: rules.filter(({ isExemption }) => isExemption),
  };
}
