import type { ApiVersion, Resource } from '@credence/contract';
import { numbersUnderTheirClass } from './numbers-by-class.ts';
import { olderSessionsAndExtractions } from './older-sessions.ts';
import { repeatPersonalFields } from './repeat-personal-fields.ts';
import { reviewerAsAttribute } from './reviewer-attribute.ts';

/** Turns a resource of the version `since` into one of the version before it; the same object where nothing changes. */
export interface Step {
  readonly since: ApiVersion;
  readonly back: (resource: Resource) => Resource;
}

/**
 * What each version changed, newest first. A version that changed no resource of ours has no step: 2025-12-08 and
 * 2022-09-01 did not, and 2023-01-05 changed the URLs of files, which Credence does not keep yet.
 */
export const steps: readonly Step[] = [
  { since: '2025-10-27', back: repeatPersonalFields },
  { since: '2021-08-18', back: olderSessionsAndExtractions },
  { since: '2021-07-05', back: reviewerAsAttribute },
  { since: '2021-02-21', back: numbersUnderTheirClass },
];

/** Steps from the current shape back to that of `version`. Dates compare as text. */
export function stepsTo(version: ApiVersion): readonly Step[] {
  return steps.filter(({ since }) => since > version);
}
