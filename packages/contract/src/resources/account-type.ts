import { many, one, open, type ResourceDeclaration } from './declare.ts';
import { dictionary, instant, list, nullable, text, yesNo } from './shapes.ts';

const nested = dictionary('A field, described in the same way.');

const fieldSchema = {
  type: 'object',
  description: 'A field that an account of this type has.',
  properties: {
    type: text('What kind of value it takes; `hash` and `array` hold further fields.', 'string'),
    key: text('Its name, in snake_case.', 'email_address'),
    label: nullable(text('What people read.', 'Email address')),
    'default-value': { description: 'The value where none is given.' },
    config: {
      type: 'object',
      description: 'How it is treated.',
      properties: {
        required: yesNo('A value must be given.'),
        'archived-at': nullable(instant('When it was archived.')),
        'deactivated-at': nullable(instant('When it was switched off.')),
        'item-schemas': list('The fields of a `hash`.', nested),
        'item-schema': nested,
      },
      required: ['required', 'archived-at', 'deactivated-at'],
      additionalProperties: false,
    },
  },
  required: ['type', 'key', 'label', 'config'],
  additionalProperties: false,
} as const;

export const accountType: ResourceDeclaration = {
  description: 'Which fields the accounts of an environment have. There is one type in each.',
  idPrefix: 'acttp',
  attributes: {
    name: open(text('What it is called.', 'User')),
    'created-at': open(instant('When it was created.')),
    'updated-at': open(nullable(instant('When it was last changed.'))),
    'field-schemas': open(list('Its fields.', fieldSchema)),
  },
  relationships: {
    'account-statuses': many('account-status'),
    'default-account-status': one('account-status'),
  },
};
