import { one, open, type ResourceDeclaration } from './declare.ts';
import { choice, instant, list, nullable, object, text, yesNo } from './shapes.ts';

const names = { type: 'string' } as const;

const fieldSchema = object('A field that an inquiry of this template has.', {
  type: text('What kind of value it takes.', 'string'),
  key: text('Its name, in snake_case.', 'name_first'),
  label: nullable(text('What people read.', 'First name')),
  'default-value': { description: 'The value where none is given.' },
  config: object('How it is treated.', {
    required: yesNo('A value must be given.'),
    'archived-at': nullable(instant('When it was archived.')),
    'deactivated-at': nullable(instant('When it was switched off.')),
  }),
});

export const inquiryTemplate: ResourceDeclaration = {
  description: 'What an inquiry asks for: fields and verifications.',
  idPrefix: 'itmpl',
  attributes: {
    status: open(choice('Whether inquiries can be made of it.', ['active', 'inactive'])),
    name: open(text('What it is called.', 'Government ID and selfie')),
    'embedded-flow-domain-allowlist': open(list('Sites that may embed the flow.', names)),
    'hosted-flow-subdomains': open(list('Subdomains that serve the flow.', names)),
    'hosted-flow-redirect-uri-schemes': open(list('Schemes that a redirect may have.', names)),
    'field-schemas': open(list('Its fields.', fieldSchema)),
  },
  relationships: { 'latest-published-version': one('inquiry-template-version') },
};

const localized = object('A text in one language.', {
  locale: text('The language.', 'en'),
  value: nullable(text('The text.', 'First name')),
});

const translation = object('A text of the flow.', {
  step: text('Where it stands.', 'start'),
  'step-display-name': nullable(text('What people call that step.', 'Start')),
  component: nullable(text('The part of the step.', 'name_first')),
  'attribute-name': text('What of the part it is.', 'label'),
  'locale-values': list('The text in each language.', localized),
});

export const inquiryTemplateTranslations: ResourceDeclaration = {
  description: 'The texts of a template’s published version.',
  idPrefix: 'itmplv',
  attributes: { translations: open(list('All texts.', translation)) },
};

export const inquiryTemplateVersion: ResourceDeclaration = {
  description: 'One state of an inquiry template; a published one never changes.',
  idPrefix: 'itmplv',
  attributes: {
    status: open(choice('Whether it can still be edited.', ['published', 'draft'])),
    live: open(yesNo('New inquiries are made of it.')),
    'name-display': open(nullable(text('What people read.', 'Government ID and selfie'))),
    description: open(nullable(text('What changed in it.'))),
    'last-updater': open(nullable(text('Who changed it last.'))),
    'enabled-locales': open(list('Languages that it speaks.', names)),
    'created-at': open(instant('When it was created.')),
    'updated-at': open(nullable(instant('When it was last changed.'))),
    'published-at': open(nullable(instant('When it was published.'))),
  },
  relationships: { 'inquiry-template': one('inquiry-template') },
};
