import type { Queryable } from '../db/database.ts';
import {
  insertVerificationTemplates,
  verificationKinds,
  type InquiryTemplate,
  type VerificationKind,
  type VerificationTemplate,
} from '../db/queries/templates.ts';
import type { IdMaker } from '../id.ts';

export function newVerificationTemplate(
  ids: IdMaker,
  kind: VerificationKind,
  atMs: number,
): VerificationTemplate {
  return {
    id: ids('verification-template', atMs),
    versionId: ids('verification-template-version', atMs),
    kind,
  };
}

/**
 * Gives a template that an earlier version made the kinds of verification that came since. They go behind those there
 * are, and none of them is a step, so that nothing else changes for an inquiry with this template.
 */
export async function completeTemplate(
  db: Queryable,
  ids: IdMaker,
  template: InquiryTemplate,
  atMs: number,
): Promise<InquiryTemplate> {
  const { verificationTemplates: known } = template;
  const missing = verificationKinds
    .filter((kind) => !known.some((part) => part.kind === kind))
    .map((kind) => newVerificationTemplate(ids, kind, atMs));
  await insertVerificationTemplates(db, template, missing, known.length);
  return { ...template, verificationTemplates: [...known, ...missing] };
}
