import type { Answer, Api } from './api.ts';
import { person } from './person.ts';
import type { Greeting } from './server-process.ts';

type Simulation = 'government-id' | 'selfie' | 'complete';
type Move = 'approve' | 'decline' | 'expire';

/** What an application and its reviewers do with inquiries. */
export class Inquiries {
  readonly #api: Api;
  readonly #greeting: Greeting;

  constructor(api: Api, greeting: Greeting) {
    this.#api = api;
    this.#greeting = greeting;
  }

  create(referenceId: string): Promise<Answer> {
    const attributes = {
      'inquiry-template-id': this.#greeting.templateId,
      'reference-id': referenceId,
      fields: person,
    };
    return this.#api.call('POST', '/inquiries', { data: { attributes } });
  }

  /** Plays what the person would do in front of a camera. */
  simulate(inquiryId: string, what: Simulation): Promise<Answer> {
    const { governmentId, selfie } = this.#greeting.verificationTemplateIds;
    const action =
      what === 'complete'
        ? { type: 'complete_inquiry' }
        : {
            type: 'create_passed_verification',
            data: { 'verification-template-id': what === 'selfie' ? selfie : governmentId },
          };
    return this.#api.call('POST', `/inquiries/${inquiryId}/perform-simulate-actions`, {
      meta: { 'simulate-actions': [action] },
    });
  }

  move(inquiryId: string, move: Move): Promise<Answer> {
    return this.#api.call('POST', `/inquiries/${inquiryId}/${move}`);
  }
}
