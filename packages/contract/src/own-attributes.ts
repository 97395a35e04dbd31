/**
 * Attributes that Credence adds to Persona's resources: all of them, and no others.
 * Each is optional on write and has a default; adding one is no breaking change by Persona's rule.
 */
export const ownAttributes = {
  webhook: [
    'disclosed-attributes',
    'retry-policy',
    'timeout-ms',
    'region',
    'max-concurrency',
    'rate-limit-per-second',
  ],
  'webhook-event': ['reason', 'next-attempt-at', 'resend-of', 'resent-as', 'attempts'],
  'api-key': ['disclosed-attributes'],
} as const;
