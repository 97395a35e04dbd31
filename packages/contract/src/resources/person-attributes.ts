import { personal, type AttributeDeclaration } from './declare.ts';
import { day, list, nullable, text } from './shapes.ts';

type Attributes = Readonly<Record<string, AttributeDeclaration>>;

const read = (what: string, example?: string) => personal(nullable(text(what, example)));

export const names: Attributes = {
  'name-first': read('Given name.', 'Jane'),
  'name-middle': read('Middle name.', 'Marie'),
  'name-last': read('Family name.', 'Doe'),
};

export const address: Attributes = {
  'address-street-1': read('Street and number.', '600 California Street'),
  'address-street-2': read('Flat or unit.', 'Apt 1'),
  'address-city': read('Town.', 'San Francisco'),
  'address-subdivision': read('State or province.', 'California'),
  'address-postal-code': read('Postal code.', '94109'),
};

export const birthdate = personal(nullable(day('Day of birth.', '1977-07-17')));

/** What is read off an identity document. */
export const documentExtraction: Attributes = {
  ...names,
  ...address,
  birthdate,
  'name-suffix': read('Suffix of the name.', 'Jr.'),
  'native-name-first': read('Given name in the script of the document.'),
  'native-name-middle': read('Middle name in the script of the document.'),
  'native-name-last': read('Family name in the script of the document.'),
  'native-name-title': read('Title in the script of the document.'),
  'issuing-authority': read('Who issued the document.', 'CA DMV'),
  'issuing-subdivision': read('State or province that issued it.'),
  nationality: read('Nationality.', 'US'),
  'document-number': read('Number of the document.', 'I1234562'),
  'visa-status': read('Kind of visa.'),
  'issue-date': personal(nullable(day('Day of issue.', '2020-01-01'))),
  'expiration-date': personal(nullable(day('Last day on which it is valid.', '2034-07-17'))),
  designations: personal(nullable(list('Special designations of the document.', { type: 'string' }))),
  birthplace: read('Place of birth.'),
  endorsements: read('Endorsements of a driving licence.'),
  height: read('Height of the person.'),
  sex: read('Sex as the document says it.', 'Male'),
  restrictions: read('Restrictions of a driving licence.'),
  'vehicle-class': read('Class of a driving licence.'),
  'identification-number': read('Number of the person, or of the document.', 'I1234562'),
};
