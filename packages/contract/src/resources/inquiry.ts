import { many, one, open, personal, type ResourceDeclaration } from './declare.ts';
import { choice, dictionary, instant, nullable, object, tags, text } from './shapes.ts';

const at = (what: string) => open(nullable(instant(what)));

export const inquiry: ResourceDeclaration = {
  description: 'One identity check of one person, from the first step to the decision.',
  idPrefix: 'inq',
  attributes: {
    status: open(
      choice('How far it has come.', [
        'created',
        'pending',
        'completed',
        'failed',
        'expired',
        'needs_review',
        'approved',
        'declined',
      ]),
    ),
    'reference-id': open(nullable(text('Your own id of the person.', 'user-1'))),
    note: personal(nullable(text('A remark for your own people.')), null),
    behaviors: open(dictionary('Signals of risk. Credence collects none, so it is empty.')),
    tags: open(tags),
    creator: personal(
      text('E-mail address of whoever created it; empty where nobody is named or it is hidden.'),
      '',
    ),
    'reviewer-comment': personal(nullable(text('What was said with the decision.')), null),
    'created-at': open(instant('When it was created.')),
    'updated-at': open(instant('When it was last changed.')),
    'started-at': at('When the person began.'),
    'expires-at': at('When it expires if it is not completed before.'),
    'completed-at': at('When the last step was done.'),
    'failed-at': at('When the person ran out of attempts.'),
    'marked-for-review-at': at('When it was put before a reviewer.'),
    'decisioned-at': at('When it was last approved or declined.'),
    'expired-at': at('When it expired.'),
    'redacted-at': at('When its personal values were destroyed.'),
    'previous-step-name': open(nullable(text('The step that was done last.', 'start'))),
    'next-step-name': open(nullable(text('The step that comes next.', 'verification_government_id'))),
    fields: personal(
      {
        ...dictionary(
          'Values by field of the template. A hidden field is absent; a redacted one is null.',
          object('A field.', {
            type: text('What kind of value it takes.', 'string'),
            value: { type: ['string', 'number', 'boolean', 'array', 'object', 'null'] },
          }),
        ),
        examples: [{ 'name-first': { type: 'string', value: 'Jane' } }],
      },
      {},
    ),
  },
  relationships: {
    account: one('account'),
    template: one('template'),
    'inquiry-template': one('inquiry-template'),
    'inquiry-template-version': one('inquiry-template-version'),
    transaction: one('transaction'),
    reviewer: one('user', 'workflow', 'workflow-run'),
    reports: many(),
    verifications: many(
      'verification/government-id',
      'verification/selfie',
      'verification/database',
      'verification/document',
    ),
    sessions: many('inquiry-session'),
    documents: many('document/government-id', 'document/generic'),
    selfies: many('selfie/profile-and-center'),
  },
};
