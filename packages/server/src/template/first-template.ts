import type { FieldSchema } from '../db/queries/templates.ts';

/** The template that the first start makes. */
export const firstTemplateName = 'Government ID and Selfie';

const field = (key: string, label: string, type: FieldSchema['type'] = 'string'): FieldSchema => ({
  key,
  label,
  type,
});

export const firstTemplateFields: readonly FieldSchema[] = [
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
