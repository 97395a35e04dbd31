import { one, open, personal, type ResourceDeclaration } from './declare.ts';
import { dictionary, instant, nullable, object, tags, text } from './shapes.ts';

export const account: ResourceDeclaration = {
  description: 'A person, over all inquiries.',
  idPrefix: 'act',
  attributes: {
    'reference-id': open(nullable(text('Your own id of the person; unique in the environment.', 'user-1'))),
    'account-type-name': open(text('Name of its account type.', 'User')),
    'account-status': open(text('State of the account.', 'Default')),
    'created-at': open(instant('When it was created.')),
    'updated-at': open(instant('When it was last changed.')),
    'redacted-at': open(nullable(instant('When its personal values were destroyed.'))),
    fields: personal(
      {
        ...dictionary(
          'Values by field of the account type. Keys are in snake_case whatever the inflection. A hidden field is absent.',
          object('A field.', {
            type: text('What kind of value it has; `hash` and `array` hold further fields.', 'string'),
            value: { type: ['string', 'number', 'boolean', 'array', 'object', 'null'] },
          }),
        ),
        examples: [{ email_address: { type: 'string', value: 'jane@example.com' } }],
      },
      {},
    ),
    tags: open(tags),
  },
  relationships: { 'account-type': one('account-type') },
};
