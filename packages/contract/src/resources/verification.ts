import {
  many,
  one,
  open,
  personal,
  type AttributeDeclaration,
  type RelationshipDeclaration,
} from './declare.ts';
import { choice, dictionary, instant, list, nullable, object, tags, text, unixSeconds } from './shapes.ts';

const check = object('One thing that was looked at.', {
  name: text('What was looked at.', 'id_expired_detection'),
  status: choice('What came of it.', ['passed', 'failed', 'not_applicable']),
  reasons: list('Why it failed or does not apply.', { type: ['string', 'null'] }),
  requirement: choice('What a failure means for the verification.', [
    'required',
    'not_required',
    'requires_retry',
  ]),
  metadata: dictionary('Details, which differ from check to check.'),
});

/** Of a verification of any kind. */
export const verificationAttributes: Readonly<Record<string, AttributeDeclaration>> = {
  status: open(
    choice('How far it has come.', [
      'initiated',
      'submitted',
      'passed',
      'failed',
      'requires_retry',
      'canceled',
      'confirmed',
      'skipped',
    ]),
  ),
  'created-at': open(instant('When it was created.')),
  'created-at-ts': open(unixSeconds('The same in seconds since 1970.')),
  'submitted-at': open(nullable(instant('When the person handed everything in.'))),
  'submitted-at-ts': open(nullable(unixSeconds('The same in seconds since 1970.'))),
  'completed-at': open(nullable(instant('When the result was there.'))),
  'completed-at-ts': open(nullable(unixSeconds('The same in seconds since 1970.'))),
  'redacted-at': open(nullable(instant('When its personal values were destroyed.'))),
  'country-code': personal(nullable(text('Country, ISO 3166-1 alpha-2.', 'US'))),
  tags: open(tags),
  checks: open(list('What was looked at, and what came of it.', check)),
};

export function verificationRelationships(kind: string): Readonly<Record<string, RelationshipDeclaration>> {
  return {
    inquiry: one('inquiry'),
    template: one('template'),
    'inquiry-template': one('inquiry-template'),
    'inquiry-template-version': one('inquiry-template-version'),
    transaction: one('transaction'),
    'verification-template': one(`verification-template/${kind}`),
    'verification-template-version': one(`verification-template-version/${kind}`),
    accounts: many('account'),
  };
}
