import type { InquiryTemplate } from '../db/queries/templates.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { templateLocale } from './resource.ts';

/** `inquiry-template-translations`: the texts of a template's published version, which are the labels of its fields. */
export function translationsResource(template: InquiryTemplate): OwnedResource {
  return {
    owner: null,
    resource: {
      type: 'inquiry-template-translations',
      id: template.versionId,
      attributes: {
        translations: template.fieldSchemas.map(({ key, label }) => ({
          step: 'start',
          'step-display-name': 'Start',
          component: key.replaceAll('-', '_'),
          'attribute-name': 'label',
          'locale-values': [{ locale: templateLocale, value: label }],
        })),
      },
    },
  };
}
