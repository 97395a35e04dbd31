import type { Scope } from '../context.ts';
import type { Queryable } from '../db/database.ts';
import {
  findTemplate,
  findTemplateByVersion,
  listTemplates,
  type InquiryTemplate,
} from '../db/queries/templates.ts';
import { Refusal } from '../refusal.ts';

export type TemplateChoice =
  { readonly kind: 'template'; readonly id: string } | { readonly kind: 'version'; readonly id: string };

/** Finds the template that a request names. The refusal of an unknown one names those that exist. */
export async function chooseTemplate(
  db: Queryable,
  scope: Scope,
  choice: TemplateChoice,
): Promise<InquiryTemplate> {
  const { organizationId } = scope;
  const found =
    choice.kind === 'template'
      ? await findTemplate(db, organizationId, choice.id)
      : await findTemplateByVersion(db, organizationId, choice.id);
  if (found !== undefined) return found;
  const name = choice.kind === 'template' ? 'inquiry-template-id' : 'inquiry-template-version-id';
  const known = await listTemplates(db, organizationId, { after: null, before: null, size: 20 });
  const ids = known.map((template) => (choice.kind === 'template' ? template.id : template.versionId));
  throw new Refusal('record_invalid', {
    details: `data.attributes.${name.replaceAll('-', '_')} is not found; there is ${ids.join(', ')}`,
    pointer: `/data/attributes/${name}`,
  });
}
