import { verificationKinds, type FieldSchema, type InquiryTemplate } from '../db/queries/templates.ts';
import type { IdMaker } from '../id.ts';
import { newVerificationTemplate } from './complete.ts';

const firstTemplateName = 'Government ID and Selfie';

const field = (key: string, label: string, type: FieldSchema['type'] = 'string'): FieldSchema => ({
  key,
  label,
  type,
});

const firstTemplateFields: readonly FieldSchema[] = [
  field('name-first', 'First name'),
  field('name-middle', 'Middle name'),
  field('name-last', 'Last name'),
  field('birthdate', 'Date of birth', 'date'),
  field('email-address', 'E-mail address'),
  field('phone-number', 'Phone number'),
  field('address-street-1', 'Street'),
  field('address-street-2', 'Street, second line'),
  field('address-city', 'City'),
  field('address-subdivision', 'State or region'),
  field('address-postal-code', 'Postal code'),
  field('address-country-code', 'Country'),
  field('identification-number', 'Identification number'),
  field('selected-country-code', 'Country of the document'),
];

/** The template that an organization begins with. */
export function firstTemplate(ids: IdMaker, organizationId: string, createdAt: Date): InquiryTemplate {
  const atMs = createdAt.getTime();
  return {
    organizationId,
    id: ids('inquiry-template', atMs),
    versionId: ids('inquiry-template-version', atMs),
    name: firstTemplateName,
    status: 'active',
    fieldSchemas: firstTemplateFields,
    verificationTemplates: verificationKinds.map((kind) => newVerificationTemplate(ids, kind, atMs)),
    createdAt,
  };
}
