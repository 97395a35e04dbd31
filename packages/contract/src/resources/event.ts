import { open, personal, type ResourceDeclaration } from './declare.ts';
import { dictionary, instant, text } from './shapes.ts';

export const event: ResourceDeclaration = {
  description: 'A fact that happened to a resource.',
  idPrefix: 'evt',
  attributes: {
    name: open(text('What happened.', 'inquiry.approved')),
    // Each caller gets the part of it that the key discloses.
    payload: personal(
      dictionary(
        'The resource as it was at that moment, as `data`; of an event of your own, the object that you sent.',
      ),
    ),
    context: personal(dictionary('What else belongs to the event; only where there is something.')),
    'created-at': open(instant('When it happened.')),
  },
};
