import { many, one, open, personal, type AttributeDeclaration, type ResourceDeclaration } from './declare.ts';
import { documentExtraction } from './person-attributes.ts';
import { choice, dictionary, file, instant, list, nullable, text, unixSeconds } from './shapes.ts';

const attributes: Readonly<Record<string, AttributeDeclaration>> = {
  status: open(choice('How far it has come.', ['initiated', 'submitted', 'processed', 'errored'])),
  'created-at': open(instant('When it was created.')),
  'processed-at': open(nullable(instant('When it had been read.'))),
  'processed-at-ts': open(nullable(unixSeconds('The same in seconds since 1970.'))),
};

const relationships = {
  inquiry: one('inquiry'),
  template: one('template'),
  'inquiry-template': one('inquiry-template'),
  'inquiry-template-version': one('inquiry-template-version'),
  transaction: one('transaction'),
  'document-files': many('document-file'),
};

/** What was read of a document, by field. */
export const extractionResponses = list(
  'What was read, by field.',
  dictionary('What was read of one field.'),
);

export const governmentIdDocument: ResourceDeclaration = {
  description: 'An identity document that a person showed.',
  idPrefix: 'doc',
  attributes: {
    ...attributes,
    'front-photo': personal(nullable(file)),
    'back-photo': personal(nullable(file)),
    'selfie-photo': personal(nullable(file)),
    'id-class': open(nullable(text('Kind of document: `dl`, `pp`, `id`, …', 'dl'))),
    ...documentExtraction,
  },
  relationships,
};

export const genericDocument: ResourceDeclaration = {
  description: 'A document that is no identity document, such as a bill.',
  idPrefix: 'doc',
  attributes: {
    ...attributes,
    kind: open(nullable(text('What it was asked for as.', 'document'))),
    files: personal(list('Files that were handed in.', nullable(file))),
    'files-normalized': personal(list('The same files, brought into one form.', nullable(file))),
    'extraction-responses': personal(nullable(extractionResponses)),
    'document-type': open(nullable(text('What kind of document it is.', 'bank_statement'))),
    fields: personal(dictionary('Values that were read, by field.'), {}),
  },
  relationships,
};

export const selfie: ResourceDeclaration = {
  description: 'The pictures of a face that a selfie verification looked at.',
  idPrefix: 'self',
  attributes: {
    status: open(choice('How far it has come.', ['initiated', 'submitted', 'processed', 'errored'])),
    'created-at': open(instant('When it was created.')),
    'processed-at': open(nullable(instant('When it had been looked at.'))),
  },
  relationships: { inquiry: one('inquiry') },
};
