import { toKebab } from '@credence/contract';

const lettersAndDashes = /^[a-z-]+$/;
const digitBoundary = /(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])/g;

/**
 * The form in which keys are compared: one for all inflections of a key, so that a pattern for
 * `email-address` also finds `emailAddress`. Digits always stand apart, because camel case cannot say
 * whether they did (`street-1` and `street1` are both `street1` there).
 */
export function canonicalKey(key: string): string {
  return lettersAndDashes.test(key) ? key : toKebab(key).replace(digitBoundary, '-');
}

/** `verification/governmentId` → `verification/government-id`. */
export function canonicalType(type: string): string {
  return type.split('/').map(canonicalKey).join('/');
}
