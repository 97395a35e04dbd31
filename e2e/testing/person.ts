import type { Needle } from './search.ts';

/** What the sandbox reads off every document: as personal as what a test puts in. */
export const sandboxDocument: readonly Needle[] = [
  { name: 'document number', value: 'I1234562' },
  { name: 'document street', value: '600 California Street' },
  { name: 'document birthdate', value: '1977-07-17' },
];

/** A person nobody else is, with everything that an inquiry takes. */
export interface Person {
  readonly fields: Readonly<Record<string, string>>;
  readonly note: string;
  readonly creator: string;
  readonly redirectUri: string;
  readonly comment: string;
}

export function makePerson(name: string, birthdate: string): Person {
  return {
    fields: {
      'name-first': `Zebulon${name}`,
      'name-middle': `Quill${name}`,
      'name-last': `O’Haystack-${name}`,
      birthdate,
      'email-address': `${name}.q@needle.example`,
      'phone-number': `+1 555 ${birthdate.replaceAll('-', '')}`,
      'address-street-1': `47 ${name} Needleworth Crescent`,
      'address-city': `${name}shire-on-Thread`,
      'address-postal-code': `ZQ9-${name}-7XK`,
      'identification-number': `987-65-${name}-NDL`,
    },
    note: `note: ${name} limps on the left`,
    creator: `agent.${name}@creator.example`,
    redirectUri: `https://app.example/back?ticket=${name}-5d1f0c`,
    comment: `comment: ${name} looked tired`,
  };
}

export function needlesOf(name: string, person: Person): Needle[] {
  const { fields, ...rest } = person;
  return Object.entries({ ...fields, ...rest }).map(([key, value]) => ({ name: `${key} of ${name}`, value }));
}

/** The same person as an account takes it, in which only the fields go. */
export function accountAttributes({ fields }: Person): Record<string, unknown> {
  const { 'identification-number': number, ...attributes } = fields;
  return { ...attributes, 'social-security-number': number };
}

export function fieldNeedlesOf(name: string, { fields }: Person): Needle[] {
  return Object.entries(fields).map(([key, value]) => ({ name: `${key} of ${name}`, value }));
}

export function inquiryAttributes({ fields, note, creator, redirectUri }: Person): Record<string, unknown> {
  return { fields, note, 'creator-email-address': creator, 'redirect-uri': redirectUri };
}
