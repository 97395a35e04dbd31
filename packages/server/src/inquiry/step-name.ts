import type { VerificationTemplate } from '../db/queries/templates.ts';

/** The name of the step in which a verification is made: `verification_government_id`. */
export function stepName({ kind }: VerificationTemplate): string {
  return `verification_${kind.replaceAll('-', '_')}`;
}
