import { headerValues, type HeaderSource } from './header-source.ts';

/** What the sender says about a delivery. The headers are not part of what is signed: log them, decide nothing by them. */
export interface DeliveryHeaders {
  /** Counts this attempt: 1 on the first. */
  readonly attemptsMade: number | undefined;
  /** Retries that remain after this attempt. */
  readonly attemptsLeft: number | undefined;
  readonly firstAttemptedAt: Date | undefined;
}

/** Reads the delivery's headers; one that is absent, repeated or not a whole number is `undefined`. */
export function readDeliveryHeaders(headers: HeaderSource, headerPrefix = 'Persona'): DeliveryHeaders {
  const firstAttemptedSeconds = wholeNumber(headers, `${headerPrefix}-Webhook-First-Attempted-At`);
  return {
    attemptsMade: wholeNumber(headers, `${headerPrefix}-Webhook-Attempts-Made`),
    attemptsLeft: wholeNumber(headers, `${headerPrefix}-Webhook-Attempts-Left`),
    firstAttemptedAt:
      firstAttemptedSeconds === undefined ? undefined : new Date(firstAttemptedSeconds * 1000),
  };
}

function wholeNumber(headers: HeaderSource, name: string): number | undefined {
  const values = headerValues(headers, name);
  const value = values[0];
  // Twelve digits of seconds are still a valid Date.
  const isWholeNumber = values.length === 1 && value !== undefined && /^[0-9]{1,12}$/.test(value);
  return isWholeNumber ? Number(value) : undefined;
}
