import type { Endpoint } from './endpoint.ts';
import type { AcceptedEvent } from './intake.ts';

/**
 * What may be kept of a receiver's answer. A receiver may answer with what it was sent: where that was personal,
 * the answer is not kept, because no redaction would reach it, and what a custom header said is masked.
 */
export function keptAnswer(
  answer: string,
  { profile, customHeaders }: Endpoint,
  event: AcceptedEvent,
): string {
  if (answer === '') return answer;
  if (!profile.disclosed.isEmpty && event.sealedFor !== null) return '[not kept: personal data was sent]';
  return Object.values(customHeaders)
    .filter((value) => value !== '')
    .reduce((text, value) => text.replaceAll(value, '[custom header]'), answer);
}
