import { describe, expect, it } from 'vitest';
import { readDeliveryHeaders } from './delivery-headers.ts';

const UNKNOWN = { attemptsMade: undefined, attemptsLeft: undefined, firstAttemptedAt: undefined };

describe('the headers of a delivery', () => {
  const headers = {
    'Persona-Webhook-Attempts-Made': '2',
    'persona-webhook-attempts-left': ['7'],
    'persona-webhook-first-attempted-at': '1700000000',
  };

  it('are read in any case, from an object or from the Fetch API', () => {
    const expected = { attemptsMade: 2, attemptsLeft: 7, firstAttemptedAt: new Date('2023-11-14T22:13:20Z') };
    expect(readDeliveryHeaders(headers)).toEqual(expected);
    const entries = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    expect(readDeliveryHeaders(new Headers(entries))).toEqual(expected);
  });

  it('may have the prefix of the deployment', () => {
    const own = { 'acme-webhook-attempts-made': '3' };
    expect(readDeliveryHeaders(own, 'Acme')).toEqual({ ...UNKNOWN, attemptsMade: 3 });
    expect(readDeliveryHeaders(own)).toEqual(UNKNOWN);
  });

  it.each(['', '-1', '1.5', '1e3', 'one', '9'.repeat(13), '1, 2'])(
    'are unknown when they say %j',
    (value) => {
      const names = ['Attempts-Made', 'Attempts-Left', 'First-Attempted-At'];
      const odd = Object.fromEntries(names.map((name) => [`persona-webhook-${name}`, value]));
      expect(readDeliveryHeaders(odd)).toEqual(UNKNOWN);
    },
  );

  it('are unknown when they are absent or repeated', () => {
    expect(readDeliveryHeaders({})).toEqual(UNKNOWN);
    expect(readDeliveryHeaders({ 'persona-webhook-attempts-made': ['1', '2'] })).toEqual(UNKNOWN);
  });
});
