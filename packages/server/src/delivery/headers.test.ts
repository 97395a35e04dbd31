import { validateHeaderName, validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attemptHeaders, customHeaderProblem } from './headers.ts';

test('an attempt has the headers of the wire contract and then those of the webhook', () => {
  const headers = attemptHeaders({
    prefix: 'Persona',
    version: '0.1.0',
    signature: 't=1,v1=ab',
    attemptsMade: 2,
    attemptsLeft: 7,
    firstAttemptedAtSeconds: 1_700_000_000,
    custom: { 'X-Tenant': 'acme', Authorization: 'Bearer token' },
  });
  expect(headers).toEqual([
    ...['Content-Type', 'application/json; charset=utf-8'],
    ...['User-Agent', 'Credence/0.1.0'],
    ...['Persona-Signature', 't=1,v1=ab'],
    ...['Persona-Webhook-Attempts-Made', '2'],
    ...['Persona-Webhook-Attempts-Left', '7'],
    ...['Persona-Webhook-First-Attempted-At', '1700000000'],
    ...['X-Tenant', 'acme'],
    ...['Authorization', 'Bearer token'],
  ]);
});

describe('a custom header', () => {
  test.each([
    ['X-Api-Key', 'abc'],
    ['Authorization', 'Bearer a.b-c'],
    ['X-Empty', ''],
    ['X-Latin', 'café'],
    ['Persona-Tenant', 'ours is only what we send'],
    ['x'.repeat(128), 'y'.repeat(4096)],
  ])('%s is accepted', (name, value) => {
    expect(customHeaderProblem(name, value, 'Persona')).toBeUndefined();
  });

  test.each([
    ...[
      'Host',
      'content-length',
      'Content-Type',
      'USER-AGENT',
      'Transfer-Encoding',
      'Connection',
      'Keep-Alive',
    ],
    ...['TE', 'Trailer', 'Upgrade', 'Proxy-Connection', 'Proxy-Authorization', 'Expect', 'Content-Encoding'],
    ...['Persona-Signature', 'persona-webhook-attempts-made', 'Persona-Webhook-Anything'],
  ])('%s is ours or belongs to the connection', (name) => {
    expect(customHeaderProblem(name, 'x', 'Persona')).toContain(JSON.stringify(name));
  });

  test('the deployment decides what the prefix of our own is', () => {
    expect(customHeaderProblem('Persona-Signature', 'x', 'Acme')).toBeUndefined();
    expect(customHeaderProblem('Acme-Signature', 'x', 'Acme')).toContain('Acme-Signature');
  });

  test.each(['', ' ', 'a b', 'a:b', 'a\r\nb', 'é', 'a\0', '(x)', 'x'.repeat(129)])(
    'the name %j is refused',
    (name) => {
      expect(customHeaderProblem(name, 'x', 'Persona')).toBeTypeOf('string');
    },
  );

  test.each(['a\r\nEvil: 1', 'a\n', '\0', '\u007f', '\u0001', '€', '🙂', 'y'.repeat(4097)])(
    'the value %j is refused with the name in the message',
    (value) => {
      expect(customHeaderProblem('X-Test', value, 'Persona')).toContain('"X-Test"');
    },
  );

  test('what is accepted is always a header that Node.js would send', () => {
    const text = fc.string({ unit: fc.nat(0x120).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(text, text, (name, value) => {
        if (customHeaderProblem(name, 'x', 'Persona') === undefined) validateHeaderName(name);
        if (customHeaderProblem('X-Test', value, 'Persona') === undefined)
          validateHeaderValue('X-Test', value);
      }),
    );
  });
});
