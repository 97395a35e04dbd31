import type { VerificationKind, VerificationTemplate } from '../db/queries/templates.ts';

/** The kinds that the person goes through. The others are made beside the flow. */
const stepKinds: ReadonlySet<VerificationKind> = new Set(['government-id', 'selfie']);

/** Those of a template's verifications that are steps, in their order. */
export function stepsOf(templates: readonly VerificationTemplate[]): readonly VerificationTemplate[] {
  return templates.filter(({ kind }) => stepKinds.has(kind));
}

/** The name of the step in which a verification is made: `verification_government_id`. */
export function stepName({ kind }: VerificationTemplate): string {
  return `verification_${kind.replaceAll('-', '_')}`;
}
