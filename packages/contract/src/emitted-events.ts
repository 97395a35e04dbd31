/** An event that Credence itself emits. */
export interface EmittedEvent {
  readonly description: string;
  /** Types of the resource that it is about. */
  readonly types: readonly string[];
  /** Types of the related resources that a payload may include. */
  readonly included: readonly string[];
}

const templates = ['inquiry-template', 'inquiry-template-version'];
const verifications = [
  'verification/government-id',
  'verification/selfie',
  'verification/database',
  'verification/document',
];
const documents = ['document/government-id', 'document/generic'];
const selfies = ['selfie/profile-and-center'];

const ofInquiry = ['account', ...templates, ...verifications, ...documents, ...selfies, 'inquiry-session'];

function account(description: string): EmittedEvent {
  return { description, types: ['account'], included: [] };
}

function inquiry(description: string): EmittedEvent {
  return { description, types: ['inquiry'], included: ofInquiry };
}

function session(description: string): EmittedEvent {
  return { description, types: ['inquiry-session'], included: ['inquiry'] };
}

function verification(description: string): EmittedEvent {
  return { description, types: verifications, included: ['inquiry', 'account', ...templates, ...documents] };
}

function document(description: string): EmittedEvent {
  return { description, types: documents, included: ['inquiry', ...templates] };
}

function selfie(description: string): EmittedEvent {
  return { description, types: selfies, included: ['inquiry'] };
}

/** Every event that Credence emits, by its name. An operator's own events come beside them. */
export const emittedEvents: Readonly<Record<string, EmittedEvent>> = {
  'account.created': account('An account was created, by itself or with an inquiry.'),
  'account.updated-fields': account('Fields of an account were changed.'),
  'account.updated-tags': account('The tags of an account were changed.'),
  'account.tag-added': account('An account got a tag.'),
  'account.tag-removed': account('An account lost a tag.'),
  'account.redacted': account('An account’s personal values were destroyed.'),
  'document.created': document('A document came in.'),
  'document.submitted': document('A document was handed in whole.'),
  'document.processed': document('A document was read.'),
  'inquiry.created': inquiry('An inquiry was created.'),
  'inquiry.started': inquiry('The person began, or went on with an inquiry that had expired.'),
  'inquiry.completed': inquiry('The person did the last step.'),
  'inquiry.failed': inquiry('The person ran out of attempts.'),
  'inquiry.expired': inquiry('An inquiry expired.'),
  'inquiry.marked-for-review': inquiry('An inquiry was put before a reviewer.'),
  'inquiry.approved': inquiry('An inquiry was approved.'),
  'inquiry.declined': inquiry('An inquiry was declined.'),
  'inquiry.redacted': inquiry('An inquiry’s personal values were destroyed.'),
  'inquiry.updated-tags': inquiry('The tags of an inquiry were changed.'),
  'inquiry-session.started': session('A person opened a session by its link.'),
  'inquiry-session.expired': session('A session ended by time, by itself or with its inquiry.'),
  'inquiry-session.canceled': session('A session ended because its inquiry was decided or redacted.'),
  'selfie.created': selfie('Pictures of a face came in.'),
  'selfie.submitted': selfie('All pictures of a face were handed in.'),
  'selfie.processed': selfie('Pictures of a face were looked at.'),
  'verification.created': verification('A verification began.'),
  'verification.submitted': verification('Everything for a verification was handed in.'),
  'verification.passed': verification('A verification passed.'),
  'verification.failed': verification('A verification failed.'),
};
