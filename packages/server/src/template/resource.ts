import type { OwnedResource } from '../privacy/snapshot.ts';
import type { InquiryTemplate } from '../db/queries/templates.ts';

/** The one language that templates are written in. */
export const templateLocale = 'en';

/** `inquiry-template` as Persona's document describes it. */
export function templateResource(template: InquiryTemplate): OwnedResource {
  return {
    owner: null,
    resource: {
      type: 'inquiry-template',
      id: template.id,
      attributes: {
        status: template.status,
        name: template.name,
        'embedded-flow-domain-allowlist': [],
        'hosted-flow-subdomains': [],
        'hosted-flow-redirect-uri-schemes': [],
        'field-schemas': template.fieldSchemas.map(({ type, key, label }) => ({
          type,
          key: key.replaceAll('-', '_'),
          label,
          'default-value': null,
          config: { required: false, 'archived-at': null, 'deactivated-at': null },
        })),
      },
      relationships: {
        'latest-published-version': { data: { type: 'inquiry-template-version', id: template.versionId } },
      },
    },
  };
}

/** `inquiry-template-version`: a template has one, published when it was made. */
export function templateVersionResource(template: InquiryTemplate): OwnedResource {
  const createdAt = template.createdAt.toISOString();
  return {
    owner: null,
    resource: {
      type: 'inquiry-template-version',
      id: template.versionId,
      attributes: {
        status: 'published',
        live: true,
        'name-display': template.name,
        description: null,
        'last-updater': null,
        'enabled-locales': [templateLocale],
        'created-at': createdAt,
        'updated-at': createdAt,
        'published-at': createdAt,
      },
      relationships: {
        'inquiry-template': { data: { type: 'inquiry-template', id: template.id } },
      },
    },
  };
}
