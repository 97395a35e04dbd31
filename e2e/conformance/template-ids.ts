import type { RunningServer } from '@credence/server/internals/server';

/** The template that the first start made. */
export interface TemplateIds {
  readonly template: string;
  readonly version: string;
  /** Of its verification templates, as `government-id`. */
  readonly kinds: readonly string[];
  verificationTemplate(kind: string): string;
}

export function templateIdsOf({ bootstrap }: RunningServer): TemplateIds {
  const [template] = bootstrap.templates;
  if (template === undefined) throw new Error('The first start made no template.');
  const ids = new Map<string, string>(template.verificationTemplates.map(({ kind, id }) => [kind, id]));
  return {
    template: template.id,
    version: template.versionId,
    kinds: [...ids.keys()],
    verificationTemplate(kind) {
      const id = ids.get(kind);
      if (id === undefined) throw new Error(`The first template verifies no ${kind}.`);
      return id;
    },
  };
}
