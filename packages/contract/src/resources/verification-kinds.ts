import { one, open, personal, type ResourceDeclaration } from './declare.ts';
import { address, birthdate, documentExtraction, names } from './person-attributes.ts';
import {
  choice,
  day,
  dictionary,
  file,
  list,
  nullable,
  number,
  object,
  text,
  whole,
  yesNo,
} from './shapes.ts';
import { extractionResponses } from './document.ts';
import { verificationAttributes, verificationRelationships } from './verification.ts';

const url = (what: string) => personal(nullable(text(what)));
const capture = open(nullable(choice('How the pictures were taken.', ['photo', 'video'])));
const reusable = open(yesNo('It was taken over from an earlier verification.'));
const confidenceReasons = open(list('What the trust in the person rests on.', { type: 'string' }));
const similarity = (what: string) => open(nullable(number(what)));

const photo = object('A picture.', {
  'byte-size': whole('How large it is.', 316_802),
  filename: text('What it is called.', 'front.jpg'),
  page: text('What it shows.', 'front'),
  url: text('Where it can be read until the link expires.'),
});

export const governmentIdVerification: ResourceDeclaration = {
  description: 'Checks an identity document.',
  idPrefix: 'ver',
  attributes: {
    ...verificationAttributes,
    'entity-confidence-reasons': confidenceReasons,
    'entity-confidence-score': open(nullable(number('Trust in the person, from 0 to 100.'))),
    'front-photo-url': url('Picture of the front.'),
    'back-photo-url': url('Picture of the back.'),
    'photo-urls': personal(nullable(list('All pictures.', photo))),
    'selfie-photo': personal(nullable(file)),
    'selfie-photo-url': url('Portrait on the document.'),
    'video-url': url('Recording of the capture.'),
    'id-class': open(nullable(text('Kind of document: `dl`, `pp`, `id`, …', 'dl'))),
    'capture-method': capture,
    'from-reusable-persona': reusable,
    ...documentExtraction,
  },
  relationships: {
    ...verificationRelationships('government-id'),
    document: one('document/government-id'),
  },
};

const corner = list('Across and down, as parts of the picture.', { type: 'number' });

export const selfieVerification: ResourceDeclaration = {
  description: 'Checks that a living person is there, and whether it is the one on the document.',
  idPrefix: 'ver',
  attributes: {
    ...verificationAttributes,
    'capture-method': capture,
    'center-photo-face-coordinates': personal(
      nullable(
        object('Where the face is.', {
          'top-left': corner,
          'top-right': corner,
          'bottom-left': corner,
          'bottom-right': corner,
        }),
      ),
    ),
    'center-photo-url': url('Picture from the front.'),
    'document-similarity-score': similarity('How alike the face and the document are.'),
    'entity-confidence-reasons': confidenceReasons,
    'left-photo-url': url('Picture from the left.'),
    'from-reusable-persona': reusable,
    'photo-urls': personal(nullable(list('All pictures.', photo))),
    'right-photo-url': url('Picture from the right.'),
    'selfie-similarity-score-left': similarity('How alike the pictures from the front and the left are.'),
    'selfie-similarity-score-right': similarity('How alike the pictures from the front and the right are.'),
    'video-url': url('Recording of the capture.'),
  },
  relationships: verificationRelationships('selfie'),
};

const read = (what: string, example?: string) => personal(nullable(text(what, example)));

export const databaseVerification: ResourceDeclaration = {
  description: 'Checks what the person said against registers.',
  idPrefix: 'ver',
  attributes: {
    ...verificationAttributes,
    ...names,
    ...address,
    birthdate,
    'phone-number': read('Telephone number.', '+14155550123'),
    'email-address': read('E-mail address.', 'jane@example.com'),
    'normalized-address-street-1': read('Street and number as the register writes them.'),
    'normalized-address-street-2': read('Flat or unit as the register writes it.'),
    'normalized-address-city': read('Town as the register writes it.'),
    'normalized-address-subdivision': read('State or province as the register writes it.'),
    'normalized-address-postal-code': read('Postal code as the register writes it.'),
    'identification-number': read('Number of the person.'),
    'document-number': read('Number of a document.'),
    'document-issuing-date': personal(nullable(day('Day on which the document was issued.'))),
    'document-expiry-date': personal(nullable(day('Last day on which the document is valid.'))),
    'document-issuing-subdivision': read('State or province that issued the document.'),
  },
  relationships: verificationRelationships('database'),
};

export const documentVerification: ResourceDeclaration = {
  description: 'Checks a document that is no identity document, such as a bill.',
  idPrefix: 'ver',
  attributes: {
    ...verificationAttributes,
    fields: personal(dictionary('Values that were read, by field.'), {}),
    files: personal(list('Files that were handed in.', nullable(file))),
    'files-normalized': personal(list('The same files, brought into one form.', nullable(file))),
    'extraction-responses': personal(nullable(extractionResponses)),
    'document-type': open(nullable(text('What kind of document it is.', 'standard_utility_bill'))),
  },
  relationships: { ...verificationRelationships('document'), document: one('document/generic') },
};
